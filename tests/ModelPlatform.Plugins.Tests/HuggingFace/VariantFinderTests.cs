using ModelPlatform.Plugins.HuggingFace.Variants;
using ModelPlatform.Sources;

namespace ModelPlatform.Plugins.Tests.HuggingFace;

public sealed class VariantFinderTests
{
    private static readonly WeightFacts NoFacts = new(null, null, null);

    private static IReadOnlyList<FoundVariant> Find(WeightFacts facts, string? asked, params string[] paths) =>
        VariantFinder.Find([.. paths.Select(path => new SourceFile(path, "/" + path) { Size = 1 })], facts, asked);

    private static IReadOnlyList<FoundVariant> Find(params string[] paths) => Find(NoFacts, null, paths);

    private static FoundVariant Get(IReadOnlyList<FoundVariant> found, string name) => Assert.Single(found, variant => variant.Variant.Answers(name));

    private static string[] Paths(FoundVariant found) => [.. found.Variant.Files.Select(file => file.Path)];

    [Fact]
    public void Find_TransformersJsRepository_GivesDefaultAndQuantized()
    {
        var found = Find("README.md", ".gitattributes", "config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx", "onnx/model_quantized.onnx");

        Assert.Equal(2, found.Count);
        var full = Get(found, "default");
        Assert.Equal(("fp32", "fp32", "transformers"), (full.Variant.Name, full.Variant.Precision, full.Framework));
        Assert.Equal(["onnx/model.onnx", "config.json", "tokenizer.json", "tokenizer_config.json"], Paths(full));
        var quantized = Get(found, "quantized");
        Assert.Equal(("q8", "int8"), (quantized.Variant.Name, quantized.Variant.Precision));
        Assert.Same(quantized, Get(found, "int8"));
        Assert.Equal(["onnx/model_quantized.onnx", "config.json", "tokenizer.json", "tokenizer_config.json"], Paths(quantized));
    }

    [Theory]
    [InlineData("fp16", "fp16", null)]
    [InlineData("int8", "int8", "int8")]
    [InlineData("uint8", "uint8", "uint8")]
    [InlineData("q4", "int4", "q4")]
    [InlineData("q4f16", "int4", "q4f16")]
    [InlineData("bnb4", "int4", "bnb4")]
    public void Find_OnnxDtype_IsAVariant(string dtype, string precision, string? quantization)
    {
        var found = Find("config.json", "onnx/model.onnx", $"onnx/model_{dtype}.onnx", $"onnx/model_{dtype}.onnx_data");

        var variant = Get(found, dtype);
        Assert.Equal((dtype, precision, quantization), (variant.Variant.Name, variant.Variant.Precision, variant.Variant.Quantization));
        Assert.Equal([$"onnx/model_{dtype}.onnx", $"onnx/model_{dtype}.onnx_data", "config.json"], Paths(variant));
        Assert.Equal("fp32", found[0].Variant.Name);
    }

    [Fact]
    public void Find_OnnxExternalData_BelongsToItsGraph()
    {
        var found = Find("onnx/model.onnx", "onnx/model.onnx_data", "onnx/model.onnx_data_1", "onnx/model_q4.onnx", "onnx/model_q4.onnx_data");

        Assert.Equal(["onnx/model.onnx", "onnx/model.onnx_data", "onnx/model.onnx_data_1"], Paths(Get(found, "fp32")));
        Assert.Equal(["onnx/model_q4.onnx", "onnx/model_q4.onnx_data"], Paths(Get(found, "q4")));
    }

    [Fact]
    public void Find_EncoderAndDecoder_AreOneVariantAndMissingPartsAreSubstituted()
    {
        var found = Find("onnx/encoder_model.onnx", "onnx/decoder_model.onnx", "onnx/decoder_with_past_model.onnx", "onnx/decoder_model_merged.onnx", "onnx/decoder_model_merged_q4.onnx");

        Assert.Equal(["onnx/decoder_model_merged.onnx", "onnx/encoder_model.onnx"], Paths(Get(found, "fp32")).Order());
        Assert.Equal(["onnx/decoder_model_merged_q4.onnx", "onnx/encoder_model.onnx"], Paths(Get(found, "q4")));
    }

    [Fact]
    public void Find_OtherExportsOfOneModel_AreVariantsOfTheirOwn()
    {
        var found = Find("config.json", "model.safetensors", "onnx/model.onnx", "onnx/model_O4.onnx", "onnx/model_qint8_avx512_vnni.onnx");

        Assert.Equal(["onnx/model_O4.onnx", "config.json"], Paths(Get(found, "O4")));
        Assert.Equal("int8", Get(found, "qint8_avx512_vnni").Variant.Precision);
        Assert.Equal("safetensors", Get(found, "safetensors").Framework);
    }

    [Fact]
    public void Find_GgufRepository_GivesOneVariantPerQuantization()
    {
        var found = Find("README.md", "config.json", "Model-Q4_K_M.gguf", "Model-UD-Q4_K_XL.gguf", "Model-IQ2_XXS.gguf", "Model.Q8_0.gguf", "model-f16.gguf",
            "BF16/Model-BF16-00001-of-00002.gguf", "BF16/Model-BF16-00002-of-00002.gguf", "mmproj-F16.gguf", "mmproj-BF16.gguf", "imatrix_unsloth.gguf");

        Assert.Equal("Q4_K_M", found[0].Variant.Name);
        Assert.True(found[0].Variant.Answers("default"));
        Assert.Equal(["BF16", "F16", "IQ2_XXS", "Q4_K_M", "Q8_0", "UD-Q4_K_XL"], found.Select(variant => variant.Variant.Name).Order(StringComparer.Ordinal));
        Assert.All(found, variant => Assert.Equal("gguf", variant.Framework));
        Assert.Equal(["BF16/Model-BF16-00001-of-00002.gguf", "BF16/Model-BF16-00002-of-00002.gguf", "mmproj-BF16.gguf", "config.json"], Paths(Get(found, "BF16")));
        Assert.Equal(["Model-UD-Q4_K_XL.gguf", "mmproj-F16.gguf", "config.json"], Paths(Get(found, "ud-q4_k_xl")));
        Assert.Equal(("int2", "IQ2_XXS"), (Get(found, "IQ2_XXS").Variant.Precision, Get(found, "IQ2_XXS").Variant.Quantization));
    }

    [Fact]
    public void Find_SplitGgufWithAPartMissing_IsNotOffered()
    {
        var found = Find("m-Q8_0-00001-of-00003.gguf", "m-Q8_0-00003-of-00003.gguf", "m-Q4_0.gguf");

        Assert.Equal("Q4_0", Assert.Single(found).Variant.Name);
    }

    [Fact]
    public void Find_Safetensors_SingleWithConfigs()
    {
        var found = Find(new WeightFacts("BF16", null, null), null, "config.json", "generation_config.json", "model.safetensors", "tokenizer.model", "LICENSE", "modeling_x.py", "training_args.bin", "checkpoint-10/model.safetensors");

        var variant = Assert.Single(found);
        Assert.Equal(("safetensors", "bf16", "safetensors"), (variant.Variant.Name, variant.Variant.Precision, variant.Framework));
        Assert.Equal(["model.safetensors", "LICENSE", "config.json", "generation_config.json", "modeling_x.py", "tokenizer.model"], Paths(variant));
    }

    [Fact]
    public void Find_ShardedWeights_ComeWithTheirIndexOnly()
    {
        var found = Find(new WeightFacts("I32", "gptq", 4), null, "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json",
            "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "pytorch_model.bin.index.json", "original/consolidated.00.pth", "optimizer.pt");

        Assert.Equal(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "config.json"], Paths(Get(found, "safetensors")));
        Assert.Equal(("int4", "gptq"), (found[0].Variant.Precision, found[0].Variant.Quantization));
        Assert.Equal(["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "pytorch_model.bin.index.json", "config.json"], Paths(Get(found, "pytorch")));
        Assert.Equal("pytorch", Get(found, "pytorch").Framework);
        Assert.Equal(2, found.Count);
    }

    [Fact]
    public void Find_DiffusersPipeline_JoinsComponentsPerPrecision()
    {
        var found = Find("model_index.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
            "unet/diffusion_pytorch_model.fp16.safetensors", "vae/config.json", "vae/diffusion_pytorch_model.safetensors", "v1-5-pruned.safetensors");

        Assert.Equal(["unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors", "model_index.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json",
            "unet/config.json", "vae/config.json"], Paths(Get(found, "safetensors")));
        Assert.Contains("unet/diffusion_pytorch_model.fp16.safetensors", Paths(Get(found, "fp16")));
        Assert.Contains("vae/diffusion_pytorch_model.safetensors", Paths(Get(found, "fp16")));
        Assert.Equal("v1-5-pruned.safetensors", Paths(Get(found, "v1-5-pruned"))[0]);
    }

    [Fact]
    public void Find_EverythingAskedFor_ListsEveryFileOnlyThen()
    {
        string[] paths = ["README.md", "config.json", "model.safetensors", "flax_model.msgpack"];

        Assert.Single(Find(NoFacts, null, paths));
        Assert.Equal(paths.Order(StringComparer.Ordinal), Paths(Get(Find(NoFacts, "all", paths), "all")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Find_UnknownKind_GivesTheWholeRepositoryWithoutFramework()
    {
        var variant = Assert.Single(Find("README.md", "data.csv"));

        Assert.Equal(("default", null), (variant.Variant.Name, variant.Framework));
        Assert.Equal(["README.md", "data.csv"], Paths(variant));
    }

    [Fact]
    public void Find_AnyNames_NeverRepeatsAVariantNameOrAPath()
    {
        var found = Find("model.onnx", "model_fp16.onnx", "model.fp16.safetensors", "model.safetensors", "a-F16.gguf", "b-F16.gguf", "fp16.onnx", "tf_model.h5", "pytorch_model.bin", "pytorch_model.fp16.bin");

        var names = found.SelectMany(variant => variant.Variant.Aliases.Prepend(variant.Variant.Name)).ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(found, variant => Assert.Equal(variant.Variant.Files.Count, Paths(variant).Distinct().Count()));
    }
}
