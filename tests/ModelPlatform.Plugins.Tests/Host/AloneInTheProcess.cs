namespace ModelPlatform.Plugins.Tests.Host;

/// <summary>Tests that measure the process's memory and handles: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
