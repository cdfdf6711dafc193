using System.Globalization;

namespace ModelPlatform.Benchmarks;

/// <summary>What the command line says.</summary>
/// <param name="SizeMiB">Size of the file.</param>
/// <param name="Rounds">Rounds, in each of which every contender runs once.</param>
/// <param name="Directory">Where files and store lie: a memory file system, or a disk.</param>
/// <param name="Json">Where the figures are written; null for nowhere.</param>
/// <param name="Models">How many models a registry has.</param>
/// <param name="Only">The one part of a benchmark to run; null for all.</param>
internal sealed record BenchmarkSettings(int SizeMiB, int Rounds, string Directory, string? Json, int Models, string? Only)
{
    public long Bytes => SizeMiB * 1024L * 1024;

    public double GiB => SizeMiB / 1024.0;

    public static BenchmarkSettings Parse(string[] args)
    {
        string? Find(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
        int Number(string name, int otherwise) => int.TryParse(Find(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
        return new BenchmarkSettings(
            Number("--size", 2048), Number("--rounds", 5), Find("--directory") ?? (System.IO.Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath()), Find("--json"), Number("--models", 10_000), Find("--only"));
    }
}
