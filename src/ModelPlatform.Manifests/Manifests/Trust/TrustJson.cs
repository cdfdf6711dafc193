using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ModelPlatform.Integrity;

namespace ModelPlatform.Manifests.Trust;

/// <summary>The form of the trust root file and of what a delegation signs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    WriteIndented = true,
    Converters = [typeof(TrustTimeJsonConverter)])]
[JsonSerializable(typeof(TrustRoot))]
[JsonSerializable(typeof(TrustedKey))]
[JsonSerializable(typeof(SignedTrustRoot))]
public sealed partial class TrustJson : JsonSerializerContext
{
    /// <summary>What the delegating key signs.</summary>
    internal static Sha256Digest DelegationHash(TrustedKey key) =>
        CanonicalJson.Hash(JsonSerializer.SerializeToElement(key with { DelegationSignature = null }, Default.TrustedKey));
}

/// <summary>ISO 8601 UTC with milliseconds, so that a time has one form in what is hashed.</summary>
internal sealed class TrustTimeJsonConverter : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && DateTimeOffset.TryParse(reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new JsonException("A time is ISO 8601 in UTC.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture));
}
