using BenchmarkDotNet.Running;
using ModelPlatform.Benchmarks;

var settings = BenchmarkSettings.Parse(args);
switch (args.FirstOrDefault())
{
    case "fetch":
        await FetchBenchmark.RunAsync(settings);
        return 0;
    case "serve":
        await ServeBenchmark.RunAsync(settings);
        return 0;
    case "store":
        await StoreBenchmark.RunAsync(settings);
        return 0;
    case "memory":
        await MemoryBenchmark.RunAsync(settings);
        return 0;
    case "growth":
        await GrowthBenchmark.RunAsync(settings);
        return 0;
    case "azurite":
        await AzuriteBenchmark.RunAsync(settings);
        return 0;
    case "manifest":
        return await ManifestBenchmark.RunAsync(settings) ? 0 : 1;
    case "registry":
        return await RegistryBenchmark.RunAsync(settings) ? 0 : 1;
    case "jobs":
        await JobsBenchmark.RunAsync(settings);
        return 0;
    case "load-model":
        await LoadModelBenchmark.RunAsync(settings);
        return 0;
    case "infer":
        await InferBenchmark.RunAsync(args);
        return 0;
    case "load":
        await LoadBenchmark.RunAsync(settings);
        return 0;
    case "scale":
        await ScaleBenchmark.RunAsync(settings);
        return 0;
    case "sites":
        await SitesBenchmark.RunAsync(settings);
        return 0;
    case "hash":
        BenchmarkRunner.Run<HashKernels>();
        return 0;
    default:
        Console.Error.WriteLine("usage: fetch|serve|store|memory|growth|azurite|manifest|registry|jobs|load|load-model|infer|scale|sites|hash [--size MIB] [--rounds N] [--directory DIR] [--models N] [--only catalog|proofs|manifests|readers] [--json FILE] [--url API]");
        return 2;
}
