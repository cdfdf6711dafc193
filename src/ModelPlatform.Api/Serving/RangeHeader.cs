using Microsoft.Extensions.Primitives;

namespace ModelPlatform.Api.Serving;

/// <summary>What a Range header asks for.</summary>
internal enum RangeRequest
{
    /// <summary>Nothing, or a unit other than bytes: the whole file is the answer.</summary>
    None,

    /// <summary>One or more parts of the file.</summary>
    Parts,

    /// <summary>No byte of the file, or it is not a Range of RFC 9110, or more parts than anybody needs.</summary>
    NotSatisfiable,
}

/// <summary>Reads Range headers (RFC 9110, 14.2) so that no answer is longer than the file and a little.</summary>
internal static class RangeHeader
{
    /// <summary>Each part costs a header and a seek.</summary>
    public const int MaxParts = 8;

    /// <summary>Parts nearer than this are sent as one: the header between them would be longer.</summary>
    private const int SmallGap = 128;

    private const string Unit = "bytes";

    /// <summary>Reads the header.</summary>
    /// <param name="header">All its lines.</param>
    /// <param name="size">Length of the file.</param>
    /// <param name="parts">In the order asked for; overlapping and neighbouring ones are one.</param>
    public static RangeRequest Read(StringValues header, long size, out IReadOnlyList<ByteRange> parts)
    {
        parts = [];
        var text = header.ToString();
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || !text.AsSpan(0, equals).Trim().Equals(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return RangeRequest.None;
        }

        List<ByteRange> found = [];
        var count = 0;
        foreach (var piece in text.AsSpan(equals + 1).Split(','))
        {
            var spec = text.AsSpan(equals + 1)[piece].Trim(" \t");
            if (spec.IsEmpty)
            {
                continue;
            }

            if (++count > MaxParts || !TryRead(spec, size, out var part))
            {
                return RangeRequest.NotSatisfiable;
            }

            if (part is { } satisfiable)
            {
                Merge(found, satisfiable);
            }
        }

        parts = found;
        return found.Count > 0 ? RangeRequest.Parts : RangeRequest.NotSatisfiable;
    }

    private static bool TryRead(ReadOnlySpan<char> spec, long size, out ByteRange? part)
    {
        part = null;
        var dash = spec.IndexOf('-');
        if (dash < 0)
        {
            return false;
        }

        if (dash == 0)
        {
            if (!TryNumber(spec[1..], out var suffix))
            {
                return false;
            }

            part = suffix > 0 && size > 0 ? new ByteRange(Math.Max(0, size - suffix), size - 1) : null;
            return true;
        }

        if (!TryNumber(spec[..dash], out var first))
        {
            return false;
        }

        var last = long.MaxValue;
        if (dash + 1 < spec.Length && (!TryNumber(spec[(dash + 1)..], out last) || last < first))
        {
            return false;
        }

        part = first < size ? new ByteRange(first, Math.Min(last, size - 1)) : null;
        return true;
    }

    /// <summary>Digits only; a number beyond 64 bits is as good as the largest.</summary>
    private static bool TryNumber(ReadOnlySpan<char> digits, out long number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            number = number > (long.MaxValue - 9) / 10 ? long.MaxValue : (number * 10) + (digit - '0');
        }

        return digits.Length > 0;
    }

    private static void Merge(List<ByteRange> parts, ByteRange added)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            if (added.First - SmallGap <= part.Last && part.First - SmallGap <= added.Last)
            {
                parts.RemoveAt(i);
                Merge(parts, new ByteRange(Math.Min(part.First, added.First), Math.Max(part.Last, added.Last)));
                return;
            }
        }

        parts.Add(added);
    }
}
