using System.Security.Cryptography;

namespace ModelPlatform.LocalHosting.Restoring;

/// <summary>The npm packages of one lock file, restored once for all processes that start at the same time.</summary>
/// <param name="directory">Holds <c>package.json</c> and <c>package-lock.json</c>.</param>
public sealed class NodePackages(string directory)
{
    /// <summary>Runs <c>npm ci</c> unless what the lock file names is already there.</summary>
    /// <returns>The <c>node_modules</c> directory.</returns>
    /// <exception cref="RestoreException">npm is missing or failed.</exception>
    public async Task<string> RestoreAsync(CancellationToken cancellationToken)
    {
        var modules = Path.Combine(directory, "node_modules");
        var stamp = Path.Combine(modules, ".restored");
        var wanted = await HashAsync(cancellationToken);
        if (await IsRestoredAsync(stamp, wanted, cancellationToken))
        {
            return modules;
        }

        using (await FileLock.AcquireAsync(Path.Combine(directory, ".restore.lock"), cancellationToken))
        {
            if (!await IsRestoredAsync(stamp, wanted, cancellationToken))
            {
                var npm = Running.Command.Find("npm") ?? throw new RestoreException("npm was not found; install Node.js 20 or newer");
                await Tool.RunAsync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"], directory, cancellationToken);
                await File.WriteAllTextAsync(stamp, wanted, cancellationToken);
            }
        }

        return modules;
    }

    private static async Task<bool> IsRestoredAsync(string stamp, string wanted, CancellationToken cancellationToken) =>
        File.Exists(stamp) && await File.ReadAllTextAsync(stamp, cancellationToken) == wanted;

    private async Task<string> HashAsync(CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(Path.Combine(directory, "package-lock.json"));
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }
}
