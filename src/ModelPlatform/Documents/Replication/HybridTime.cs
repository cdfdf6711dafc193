using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelPlatform.Documents.Replication;

/// <summary>
/// A hybrid logical timestamp: 48 bits of milliseconds since 1970, 16 bits of counter, one number that orders as a whole. Written as 16 hex digits.
/// </summary>
/// <remarks>S. Kulkarni, M. Demirbas, D. Madappa, B. Avva, M. Leone: Logical Physical Clocks, OPODIS 2014; the compact form of its section 6.</remarks>
/// <param name="Value">The number.</param>
[JsonConverter(typeof(HybridTimeJsonConverter))]
public readonly record struct HybridTime(ulong Value) : IComparable<HybridTime>
{
    private const int CounterBits = 16;

    /// <summary>The wall clock's part.</summary>
    public long Milliseconds => (long)(Value >> CounterBits);

    /// <summary>The wall clock's part as a time.</summary>
    public DateTimeOffset Wall => DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(Milliseconds, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>The timestamp that follows.</summary>
    public HybridTime Next => new(Value + 1);

    /// <summary>The first timestamp of a moment.</summary>
    public static HybridTime Of(DateTimeOffset time) => new((ulong)time.ToUnixTimeMilliseconds() << CounterBits);

    /// <summary>Reads 16 hex digits.</summary>
    public static bool TryParse(string? text, out HybridTime time)
    {
        var isTime = ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && text!.Length == 16;
        time = new HybridTime(value);
        return isTime;
    }

    /// <summary>The later of two.</summary>
    public static HybridTime Later(HybridTime one, HybridTime other) => one > other ? one : other;

    /// <inheritdoc/>
    public int CompareTo(HybridTime other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Later.</summary>
    public static bool operator >(HybridTime left, HybridTime right) => left.Value > right.Value;

    /// <summary>Earlier.</summary>
    public static bool operator <(HybridTime left, HybridTime right) => left.Value < right.Value;

    /// <summary>Not earlier.</summary>
    public static bool operator >=(HybridTime left, HybridTime right) => left.Value >= right.Value;

    /// <summary>Not later.</summary>
    public static bool operator <=(HybridTime left, HybridTime right) => left.Value <= right.Value;
}

/// <summary>16 hex digits.</summary>
internal sealed class HybridTimeJsonConverter : JsonConverter<HybridTime>
{
    public override HybridTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && HybridTime.TryParse(reader.GetString(), out var time) ? time : throw new JsonException("A time is 16 hex digits.");

    public override void Write(Utf8JsonWriter writer, HybridTime value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
