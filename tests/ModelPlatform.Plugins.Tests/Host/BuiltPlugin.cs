using System.Reflection;

namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>A plugin of this repository as it was built, for laying into a plugin directory.</summary>
internal static class BuiltPlugin
{
    /// <summary>Copies the plugin's build output to <c>root/Id</c>, as the services have it beside them.</summary>
    public static void CopyTo(string root, string id)
    {
        // artifacts/bin/<this project>/<configuration>/ beside artifacts/bin/<plugin's project>/<configuration>/
        var own = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        var built = Path.Combine(own.Parent!.Parent!.FullName, $"ModelPlatform.Plugins.{id}", own.Name);
        var target = Directory.CreateDirectory(Path.Combine(root, id)).FullName;
        foreach (var file in Directory.EnumerateFiles(built))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }
}
