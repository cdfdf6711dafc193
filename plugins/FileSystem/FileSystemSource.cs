using System.Text.Json.Nodes;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.FileSystem;

/// <summary>Files and directories below one root: a file is a model of one file, a directory one of all regular files below it.</summary>
internal sealed class FileSystemSource(ConfinedRoot root) : ISource
{
    private const int MostFiles = 100_000;
    private const int Deepest = 64;

    // What tools put beside a checkout's files is no part of the model.
    private static readonly string[] NotOfTheModel = [".git", ".cache", ".DS_Store"];

    public ValueTask<Result<SourceInspection>> InspectAsync(SourceReference reference, CancellationToken cancellationToken)
    {
        if (!FindPath(reference.Reference).TryGet(out var path, out var fault))
        {
            return new(fault);
        }

        if (!root.Exists)
        {
            return new(new PlatformError(ErrorCode.ModelNotFound, $"The models directory {root.Name} does not exist. Create it, or set Sources:FileSystem:Root."));
        }

        var (file, refusal) = root.OpenFile(path);
        if (file is not null)
        {
            using (file)
            {
                return LfsPointer.SizeIn(file) is { } size ? new(NotPulled(path, size)) : new(Describe(reference.Reference, path, null, [Describe(path, Path.GetFileName(path), file)], Path.GetFileNameWithoutExtension(path)));
            }
        }

        return refusal == Refusal.IsDirectory || path.Length == 0
            ? InspectDirectoryAsync(reference, path, cancellationToken)
            : new(Fail(refusal, reference.Reference));
    }

    public ValueTask<Result<SourceContent>> OpenAsync(SourceFile file, SourceRange range, CancellationToken cancellationToken)
    {
        if (ArtifactPath.FindFault(file.Locator) is { } fault)
        {
            return new(new PlatformError(ErrorCode.SecurityViolation, $"The file's place is refused: {fault}. Inspect the model again."));
        }

        var (opened, refusal) = root.OpenFile(file.Locator);
        if (opened is null)
        {
            return new(Fail(refusal, file.Locator));
        }

        if (file.Validator is { } pinned && pinned != opened.Facts.Validator)
        {
            opened.Dispose();
            return new(new PlatformError(ErrorCode.IntegrityFailed, $"{file.Locator} has changed since it was inspected. Inspect it again."));
        }

        var size = opened.Facts.Size;
        if (range.Offset < 0 || range.Offset > size || range.Length < 0)
        {
            opened.Dispose();
            return new(new PlatformError(ErrorCode.RangeNotSatisfiable, $"{file.Locator} has {size} bytes; the range begins at {range.Offset}."));
        }

        var length = Math.Min(range.Length ?? long.MaxValue, size - range.Offset);
        return new(new SourceContent(new FileRangeStream(opened, file.Locator, range.Offset, length), range.Offset)
        {
            Length = length,
            TotalSize = size,
            Validator = opened.Facts.Validator,
            Sha256 = file.Sha256,
        });
    }

    public ValueTask<SourceHealth> CheckHealthAsync(CancellationToken cancellationToken) =>
        new(root.Exists ? new SourceHealth(true, root.Path) : new SourceHealth(false, $"the directory {root.Path} does not exist: create it, or set Sources:FileSystem:Root"));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<Result<SourceInspection>> InspectDirectoryAsync(SourceReference reference, string path, CancellationToken cancellationToken)
    {
        if (!CacheLayout.Resolve(root, path, reference.Revision).TryGet(out var layout, out var missing))
        {
            return new(missing);
        }

        var files = new List<SourceFile>();
        var error = Walk(layout.Directory, string.Empty, 0, files, cancellationToken);
        if (error is not null)
        {
            return new(error);
        }

        return files.Count == 0
            ? new(new PlatformError(ErrorCode.ModelNotFound, $"The directory {reference.Reference} holds no file."))
            : new(Describe(reference.Reference, layout.Directory, layout.Revision, files, layout.Name));
    }

    private PlatformError? Walk(string directory, string below, int depth, List<SourceFile> files, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (names, refusal) = root.ListDirectory(Join(directory, below));
        if (names is null)
        {
            return Fail(refusal, Join(directory, below));
        }

        foreach (var name in names.Where(name => !NotOfTheModel.Contains(name)))
        {
            var path = Join(below, name);
            var place = Join(directory, path);
            if (ArtifactPath.FindFault(path) is { } fault)
            {
                return new PlatformError(ErrorCode.SecurityViolation, $"The directory {directory} holds a file whose name is refused: {fault}.");
            }

            var (file, kind) = root.OpenFile(place);
            using (file)
            {
                if (file is not null)
                {
                    if (LfsPointer.SizeIn(file) is { } size)
                    {
                        return NotPulled(place, size);
                    }

                    files.Add(Describe(place, path, file));
                }
            }

            var error = file is not null ? files.Count > MostFiles ? new PlatformError(ErrorCode.InvalidRequest, $"The directory {directory} holds more than {MostFiles} files.") : null
                : kind != Refusal.IsDirectory ? Fail(kind, place)
                : depth == Deepest ? new PlatformError(ErrorCode.InvalidRequest, $"The directory {directory} is more than {Deepest} levels deep.")
                : Walk(directory, path, depth + 1, files, cancellationToken);
            if (error is not null)
            {
                return error;
            }
        }

        return null;
    }

    private static SourceFile Describe(string place, string path, ConfinedFile file)
    {
        var known = CacheLayout.DigestOf(file.RealPath);
        return new SourceFile(path, place)
        {
            Size = file.Facts.Size,
            Validator = file.Facts.Validator,
            AcceptsRanges = true,
            Sha256 = known?.Length == 64 ? known : null,
            GitBlobSha1 = known?.Length == 40 ? known : null,
        };
    }

    private SourceInspection Describe(string reference, string path, string? revision, IReadOnlyList<SourceFile> files, string name) =>
        new([new SourceVariant("default", files, "unknown")], name)
        {
            Framework = Frameworks.Detect(files.Select(file => file.Path)),
            Revision = revision,
            Metadata = new JsonObject
            {
                ["description"] = $"Model imported from {(reference.StartsWith($"{root.Name}/", StringComparison.Ordinal) ? reference : Join(root.Name, path))}",
                ["tags"] = new JsonArray("local", "imported"),
            },
        };

    /// <summary>The path below the root that a reference means: the seeds' clients write the root's own name in front.</summary>
    private Result<string> FindPath(string reference)
    {
        var path = reference.TrimEnd('/');
        if (path.Length == 0 && reference.Length == 0)
        {
            return new PlatformError(ErrorCode.InvalidRequest, "The reference is empty. Give a path below the models directory.");
        }

        if (ArtifactPath.FindFault(path) is { } fault)
        {
            return new PlatformError(ErrorCode.SecurityViolation, $"The path is refused: {fault}. Only files below the directory {root.Name} are read; give a path relative to it.");
        }

        var prefix = $"{root.Name}/";
        if (path == root.Name && !IsThere(path))
        {
            return string.Empty;
        }

        return path.StartsWith(prefix, StringComparison.Ordinal) && !IsThere(path) ? path[prefix.Length..] : path;
    }

    private bool IsThere(string path)
    {
        var (file, refusal) = root.OpenFile(path);
        file?.Dispose();
        return refusal != Refusal.Missing;
    }

    private static PlatformError NotPulled(string path, string size) => new(
        ErrorCode.ModelNotFound, $"{path} is a Git LFS pointer, not the file of {size} bytes it stands for: that was never brought into this checkout. Run git lfs pull there, then inspect it again.");

    private static string Join(string one, string other) => one.Length == 0 ? other : other.Length == 0 ? one : $"{one}/{other}";

    private PlatformError Fail(Refusal refusal, string path) => refusal switch
    {
        Refusal.Outside => new PlatformError(ErrorCode.SecurityViolation, $"{path} is, or lies behind, a symbolic link, which is not followed. Only files below the directory {root.Name} are read."),
        Refusal.Special => new PlatformError(ErrorCode.SecurityViolation, $"{path} is a pipe, a device or a socket, which is not read."),
        Refusal.IsDirectory => new PlatformError(ErrorCode.InvalidRequest, $"{path} is a directory where a file is expected."),
        Refusal.Denied => new PlatformError(ErrorCode.AccessDenied, $"{path} cannot be read: the operating system denies it to this process. Check its permissions."),
        _ => new PlatformError(ErrorCode.ModelNotFound, $"There is no {path} below the directory {root.Name}. Check the spelling; the path is relative to it."),
    };
}
