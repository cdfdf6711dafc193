namespace ModelPlatform.Dashboard.Live;

/// <summary>What a change is about, and what a component listens to.</summary>
[Flags]
internal enum Topics
{
    None = 0,
    Connection = 1,
    Jobs = 2,
    Models = 4,
    Plugins = 8,
    Storage = 16,
    Worker = 32,
    Events = 64,
    Throughput = 128,
    Sites = 256,
    All = 511,
}
