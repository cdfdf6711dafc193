using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.HuggingFace.Variants;

/// <summary>Finds the choices a repository offers by its file names.</summary>
internal static class VariantFinder
{
    /// <summary>The name under which every file of the repository can be asked for. It is listed only when asked for, or where nothing else was found.</summary>
    public const string Everything = "all";

    public static IReadOnlyList<FoundVariant> Find(IReadOnlyList<SourceFile> files, WeightFacts facts, string? asked)
    {
        var layout = new RepositoryLayout(files);
        List<FoundVariant> found =
        [
            .. OnnxVariants.Find(layout), .. GgufVariants.Find(layout), .. TensorFileVariants.FindSafetensors(layout, facts),
            .. TensorFileVariants.FindPytorch(layout, facts), .. TensorFileVariants.FindTensorflow(layout),
        ];
        if (found.Count == 0)
        {
            return WholeRepository(files);
        }

        MakeDistinct(found);
        if (!found.Exists(variant => variant.Variant.Answers("default")))
        {
            found[0] = found[0] with { Variant = found[0].Variant with { Aliases = ["default", .. found[0].Variant.Aliases] } };
        }

        if (Everything.Equals(asked, StringComparison.OrdinalIgnoreCase) && !found.Exists(variant => variant.Variant.Answers(Everything)))
        {
            found.Add(new FoundVariant(WholeRepository(files)[0].Variant with { Name = Everything, Aliases = [] }, found[0].Framework));
        }

        return found;
    }

    /// <summary>Every file, for data sets and for repositories of no known kind.</summary>
    public static IReadOnlyList<FoundVariant> WholeRepository(IReadOnlyList<SourceFile> files) =>
    [
        new FoundVariant(new SourceVariant("default", [.. files.Where(file => RepositoryLayout.NameOf(file.Path) != ".gitattributes").DefaultIfEmpty(files[0])], "unknown") { Aliases = [Everything] }, null),
    ];

    /// <summary>The one file a reference named; nothing where the repository has no such file.</summary>
    public static IReadOnlyList<FoundVariant> SingleFile(IReadOnlyList<SourceFile> files, string path)
    {
        if (files.FirstOrDefault(file => file.Path == path) is not { } file)
        {
            return [];
        }

        var found = Find([file], new WeightFacts(null, null, null), null)[0];
        return [found with { Variant = found.Variant with { Name = "default", Aliases = found.Variant.Name == "default" ? [] : [found.Variant.Name] } }];
    }

    private static void MakeDistinct(List<FoundVariant> found)
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < found.Count; i++)
        {
            var (variant, framework) = found[i];
            var name = variant.Name;
            if (taken.Contains(name) && framework is not null)
            {
                name = $"{framework}-{variant.Name}";
            }

            for (var number = 2; !taken.Add(name); number++)
            {
                name = $"{variant.Name}-{number}";
            }

            found[i] = new FoundVariant(variant with { Name = name, Aliases = [.. variant.Aliases.Where(taken.Add)] }, framework);
        }
    }
}
