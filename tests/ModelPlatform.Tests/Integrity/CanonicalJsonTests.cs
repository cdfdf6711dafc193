using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using ModelPlatform.Integrity;

namespace ModelPlatform.Tests.Integrity;

public sealed class CanonicalJsonTests
{
    // What the loader of the first seed does, on top of the JSON.stringify it runs on.
    private const string Oracle = """
        const canonical = value => {
          if (value === null || typeof value !== 'object') return JSON.stringify(value);
          if (Array.isArray(value)) return '[' + value.map(canonical).join(',') + ']';
          return '{' + Object.keys(value).sort().map(key => JSON.stringify(key) + ':' + canonical(value[key])).join(',') + '}';
        };
        const escape = text => text.replace(/[\u007f-\uffff]/g, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
        require('readline').createInterface({ input: process.stdin }).on('line', line => process.stdout.write(escape(canonical(JSON.parse(line))) + '\n'));
        """;

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Int[0, 0x10FFFF].Where(code => code is < 0xD800 or > 0xDFFF).Array[0, 8].Select(codes => string.Concat(codes.Select(char.ConvertFromUtf32))),
        Gen.String[Gen.Char[(char)0, (char)0x80], 0, 8]);

    private static readonly Gen<double> Number = Gen.OneOf(
        Gen.Double.Where(double.IsFinite),
        Gen.Long.Select(bits => BitConverter.Int64BitsToDouble(bits)).Where(double.IsFinite),
        Gen.Long.Select(number => (double)number),
        Gen.Int[-30, 30].Select(exponent => Math.Pow(10, exponent)),
        Gen.Int[-1_000_000, 1_000_000].Select(number => number / 1000.0));

    [Theory]
    [InlineData("""{"empty":true}""", """{"empty":true}""")]
    [InlineData(""" { "b" : 1 , "a" : [ 1 , null , false ] } """, """{"a":[1,null,false],"b":1}""")]
    [InlineData("""{"\ud83d\ude00":1,"\uffff":2,"é":3,"~":4}""", """{"~":4,"\u00e9":3,"\ud83d\ude00":1,"\uffff":2}""")]
    [InlineData("""["\u0000\u0007\b\t\n\u000b\f\r\u001f\"\\\/ ~\u007f\u0080é中😀"]""", """["\u0000\u0007\b\t\n\u000b\f\r\u001f\"\\/ ~\u007f\u0080\u00e9\u4e2d\ud83d\ude00"]""")]
    [InlineData("[1.0,1e2,-0,0.1,1e21,123456789012345680000,1e-6,1e-7,5e-324,1.7976931348623157e308,9007199254740993,0.000001234]", "[1,100,0,0.1,1e+21,123456789012345680000,0.000001,1e-7,5e-324,1.7976931348623157e+308,9007199254740992,0.000001234]")]
    public void Serialize_FixedVectors_AreByteExact(string json, string canonical)
    {
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Serialize(Encoding.UTF8.GetBytes(json))));
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Serialize(JsonNode.Parse(json))));
    }

    [Fact]
    public void Hash_OfTheEmptyMarker_IsTheEmptyTree() => Assert.Equal(MerkleTree.EmptyRoot, CanonicalJson.Hash(new JsonObject { ["empty"] = true }));

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":{"b":1,"\u0062":2}}""")]
    [InlineData("""["\ud800"]""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("[1e400]")]
    [InlineData("[NaN]")]
    [InlineData("{} {}")]
    public void Serialize_WhatHasNoOneForm_IsRefused(string json) =>
        Assert.ThrowsAny<JsonException>(() => CanonicalJson.Serialize(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Serialize_ElementParsedLeniently_StillRefusesADuplicateKey()
    {
        using var document = JsonDocument.Parse("""{"a":1,"a":2}""");
        Assert.ThrowsAny<JsonException>(() => CanonicalJson.Serialize(document.RootElement));
    }

    [Fact]
    public async Task Serialize_AnyValue_IsWhatNodePrints()
    {
        var lines = new List<string>();
        Value(3).Array[2000].Sample(values => lines.AddRange(values.Select(value => value!.ToJsonString())), iter: 1, threads: 1);
        lines.AddRange(Number.Array[3000].Single().Select(number => $"[{number.ToString("R", CultureInfo.InvariantCulture)}]"));

        var printed = await RunNodeAsync(lines);

        Assert.Equal(lines.Count, printed.Length);
        for (var i = 0; i < lines.Count; i++)
        {
            Assert.Equal(printed[i], Encoding.UTF8.GetString(CanonicalJson.Serialize(Encoding.UTF8.GetBytes(lines[i]))));
        }
    }

    private static Gen<JsonNode?> Value(int depth)
    {
        var leaf = Gen.OneOf(
            Text.Select(text => (JsonNode?)JsonValue.Create(text)),
            Number.Select(number => (JsonNode?)JsonValue.Create(number)),
            Gen.Long.Select(number => (JsonNode?)JsonValue.Create(number)),
            Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)));
        if (depth == 0)
        {
            return leaf;
        }

        var inner = Value(depth - 1);
        return Gen.OneOf(
            leaf,
            inner.Array[0, 5].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
            Gen.Select(Text, inner).Array[0, 5].Select(members =>
            {
                var node = new JsonObject();
                foreach (var (name, value) in members)
                {
                    // Node treats this one key as something else.
                    node[name == "__proto__" ? "proto" : name] = value?.DeepClone();
                }

                return (JsonNode?)node;
            }));
    }

    private static async Task<string[]> RunNodeAsync(IEnumerable<string> lines)
    {
        using var node = Process.Start(new ProcessStartInfo("node") { ArgumentList = { "-e", Oracle }, RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var reading = node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await using (var input = new StreamWriter(node.StandardInput.BaseStream, new UTF8Encoding(false)))
        {
            foreach (var line in lines)
            {
                await input.WriteAsync(line + "\n");
            }
        }

        return (await reading).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
