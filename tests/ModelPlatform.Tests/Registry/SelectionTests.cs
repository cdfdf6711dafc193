using System.Text.Json.Nodes;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Registry;

/// <summary>S1-01…05, S1-07, B-16: tiers, priorities, and a selection that explains itself.</summary>
public sealed class SelectionTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData("micro", 100 * MiB, 256 * MiB, "Embeddings and small tasks", 1)]
    [InlineData("small", 500 * MiB, 1024 * MiB, "Balanced capability", 2)]
    [InlineData("large", 1500 * MiB, 4096 * MiB, "Full capability", 3)]
    public void Tier_IsThatOfTheTable(string name, long maxSize, long minMemory, string description, int priority) =>
        Assert.Equal(new ModelTier(name, maxSize, minMemory, description, priority), ModelTier.Find(name));

    [Theory]
    [InlineData(0, "micro", 256 * MiB)]
    [InlineData(100 * MiB, "micro", 256 * MiB)]
    [InlineData((100 * MiB) + 1, "small", 1024 * MiB)]
    [InlineData(500 * MiB, "small", 1024 * MiB)]
    [InlineData((500 * MiB) + 1, "large", 4096 * MiB)]
    [InlineData(1500 * MiB, "large", 4096 * MiB)]
    [InlineData(1501 * MiB, "xlarge", (1501 * MiB * 3) / 2)]
    [InlineData(1_000_000_000_001, "xlarge", 1_500_000_000_002)]
    public void Tier_OfASize_AndItsMemory(long size, string tier, long memory) =>
        Assert.Equal((tier, memory), (ModelTier.Of(size).Name, ModelTier.MemoryRequirement(size)));

    [Theory]
    [InlineData("embed", 1)]
    [InlineData("retrieve", 2)]
    [InlineData("generate", 3)]
    [InlineData("code", 4)]
    [InlineData("multilingual", 5)]
    [InlineData("ocr", 10)]
    [InlineData("", 10)]
    public void Capability_HasItsPriority(string capability, int priority) => Assert.Equal(priority, CapabilityPriority.Of(capability));

    public static TheoryData<string, long?, string?, string?, long?, string, string> Choices => new()
    {
        // capabilities, memory, tier, provider, GPU memory, what is chosen, what the tier's reason says
        { "embed", null, null, null, null, "embed-large", "No limit of memory was given." },
        { "embed", 8192 * MiB, null, null, null, "embed-large", "The highest tier that 8192 MiB allow." },
        { "embed", 4095 * MiB, null, null, null, "embed-small", "The highest tier that 4095 MiB allow." },
        { "embed", 1024 * MiB, null, null, null, "embed-small", "The highest tier that 1024 MiB allow." },
        { "embed", 1023 * MiB, null, null, null, "embed-micro", "The highest tier that 1023 MiB allow." },
        { "embed", 8192 * MiB, "micro", null, null, "embed-micro", "Asked for, and its 256 MiB fit into 8192 MiB." },
        { "embed", 512 * MiB, "large", null, null, "embed-micro", "large was asked for but needs more than there is. The highest tier that 512 MiB allow." },
        { "embed", null, "small", null, null, "embed-small", "Asked for." },
        { "embed", null, null, "CUDAExecutionProvider", null, "embed-large", "No limit of memory was given." },
        { "embed", null, null, "CUDAExecutionProvider", 2048 * MiB, "embed-small", "No limit of memory was given." },
        { "embed", null, null, "CPUExecutionProvider", null, "embed-small", "No limit of memory was given." },
        { "embed", null, null, "cpuexecutionprovider", null, "embed-small", "No limit of memory was given." },
        { "generate", 8192 * MiB, null, null, null, "talk-new", "The highest tier that 8192 MiB allow." },
        { "generate,code", null, null, null, null, "talk-code", "No limit of memory was given." },
        { "", 300 * MiB, null, null, null, "embed-micro", "The highest tier that 300 MiB allow." },
    };

    [Theory]
    [MemberData(nameof(Choices))]
    public void Select_ByTheRules_ChoosesAndSaysWhy(string capabilities, long? memory, string? tier, string? provider, long? gpuMemory, string chosen, string reason)
    {
        var selected = ModelSelector.Select(Models, Request(capabilities, memory, tier, provider, gpuMemory));
        Assert.True(selected.IsSuccess, selected.Error?.Message);
        Assert.Equal((chosen, reason), (selected.Value.Selected.Name, selected.Value.Tier.Reason));
        Assert.Equal(Models.Count - 1, selected.Value.Rejected.Count);
        Assert.All(selected.Value.Rejected, rejected => Assert.EndsWith(".", rejected.Reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("embed", 300 * MiB, null, null, "embed-small", "Insufficient memory: need 1024 MiB, have 300 MiB.")]
    [InlineData("embed", null, null, null, "talk-new", "It lacks embed.")]
    [InlineData("generate,code", null, null, null, "talk-new", "It lacks code.")]
    [InlineData("embed", null, "CPUExecutionProvider", null, "embed-large", "It is not made for CPUExecutionProvider.")]
    [InlineData("embed", null, "CPUExecutionProvider", null, "embed-half", "Its precision fp16 is slow or unsupported on a CPU.")]
    [InlineData("embed", null, "CUDAExecutionProvider", 2048 * MiB, "embed-large", "It needs 4 GB of GPU memory, have 2048 MiB.")]
    [InlineData("embed", null, null, null, "embed-micro", "It fits, but tier micro is further from xlarge than large.")]
    [InlineData("generate", null, null, null, "talk-old", "It fits, but is older.")]
    public void Select_TheOthers_EachHasItsReason(string capabilities, long? memory, string? provider, long? gpuMemory, string other, string reason)
    {
        var selected = ModelSelector.Select(Models, Request(capabilities, memory, null, provider, gpuMemory)).Value!;
        Assert.Equal(reason, Assert.Single(selected.Rejected, rejected => rejected.Id == $"{other}:v1").Reason);
    }

    [Fact]
    public void Select_NothingFits_SaysWhatWasNearest()
    {
        var error = ModelSelector.Select(Models, Request("embed", MiB, null, null, null)).Error!;
        Assert.Equal(ErrorCode.ModelNotFound, error.Code);
        Assert.StartsWith("No model found for capabilities: embed (", error.Message, StringComparison.Ordinal);
        Assert.Contains("Insufficient memory", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing is published", ModelSelector.Select([], new SelectionRequest()).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Select_Gated_OnlyForWhoMayReadIt()
    {
        IndexedModel[] models = [Model("secret", 10 * MiB, ["embed"]) with { Card = new ModelCard { IsGated = true } }];
        Assert.Equal("secret", ModelSelector.Select(models, new SelectionRequest()).Value!.Selected.Name);
        var error = ModelSelector.Select(models, new SelectionRequest { IncludesGated = false }).Error!;
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Newest first, as the index keeps them.</summary>
    private static IReadOnlyList<IndexedModel> Models { get; } =
    [
        Model("talk-new", 1200 * MiB, ["generate"]),
        Model("talk-old", 1200 * MiB, ["generate"]),
        Model("talk-code", 400 * MiB, ["generate", "code"]),
        Model("embed-large", 1000 * MiB, ["embed", "retrieve"], new JsonObject { ["executionProviders"] = new JsonArray("CUDAExecutionProvider"), ["minGpuMemoryGb"] = 4 }),
        Model("embed-small", 300 * MiB, ["embed"]),
        Model("embed-micro", 20 * MiB, ["embed"]),
        Model("embed-half", 90 * MiB, ["embed"]) with { Quantization = "fp16" },
    ];

    private static SelectionRequest Request(string capabilities, long? memory, string? tier, string? provider, long? gpuMemory) => new()
    {
        Capabilities = capabilities.Split(',', StringSplitOptions.RemoveEmptyEntries),
        Memory = memory,
        Tier = tier,
        Provider = provider,
        GpuMemory = gpuMemory,
    };

    private static IndexedModel Model(string name, long size, string[] capabilities, JsonObject? metadata = null) => new()
    {
        Name = name,
        Version = "v1",
        ETag = name,
        Tier = ModelTier.Of(size).Name,
        Capabilities = capabilities,
        MemoryRequirement = ModelTier.MemoryRequirement(size),
        Size = size,
        Variant = "fp32",
        MerkleRoot = name,
        Card = new ModelCard { Metadata = metadata ?? [] },
    };
}
