using CsCheck;
using ModelPlatform.Api.Serving;

namespace ModelPlatform.Tests.Api;

public sealed class RangeHeaderTests
{
    [Theory]
    [InlineData("bytes=0-0", 100, "0-0")]
    [InlineData("bytes=0-", 100, "0-99")]
    [InlineData("bytes=5-9", 100, "5-9")]
    [InlineData("bytes=90-1000", 100, "90-99")]
    [InlineData("bytes=-10", 100, "90-99")]
    [InlineData("bytes=-1000", 100, "0-99")]
    [InlineData("BYTES = 0-1", 100, "0-1")]
    [InlineData("bytes=0-99999999999999999999999999", 100, "0-99")]
    [InlineData("bytes=-99999999999999999999999999", 100, "0-99")]
    [InlineData("bytes=0-0, 500-501", 1000, "0-0 500-501")]
    [InlineData("bytes=500-501,0-0", 1000, "500-501 0-0")]
    [InlineData("bytes=,,0-0,,", 1000, "0-0")]
    [InlineData("bytes=0-9,5-14", 1000, "0-14")]
    [InlineData("bytes=0-9,10-14", 1000, "0-14")]
    [InlineData("bytes=0-9,800-,400-900,20-30", 1000, "400-999 0-30")]
    [InlineData("bytes=0-0,2000-", 1000, "0-0")]
    public void Read_Satisfiable_GivesParts(string header, long size, string parts)
    {
        Assert.Equal(RangeRequest.Parts, RangeHeader.Read(header, size, out var read));
        Assert.Equal(parts, string.Join(' ', read.Select(part => $"{part.First}-{part.Last}")));
    }

    [Theory]
    [InlineData("bytes=100-", 100)]
    [InlineData("bytes=100-200", 100)]
    [InlineData("bytes=99999999999999999999999999-", 100)]
    [InlineData("bytes=-0", 100)]
    [InlineData("bytes=0-", 0)]
    [InlineData("bytes=-5", 0)]
    [InlineData("bytes=", 100)]
    [InlineData("bytes=-", 100)]
    [InlineData("bytes=--1", 100)]
    [InlineData("bytes=5-2", 100)]
    [InlineData("bytes=a-b", 100)]
    [InlineData("bytes=0x0-0x1", 100)]
    [InlineData("bytes=+0-1", 100)]
    [InlineData("bytes=0 -1", 100)]
    [InlineData("bytes=0-1-2", 100)]
    [InlineData("bytes=0-1;2-3", 100)]
    [InlineData("bytes=0-1,x", 100)]
    [InlineData("bytes=٠-١", 100)]
    [InlineData("bytes=0-0,1000-1000,2000-2000,3000-3000,4000-4000,5000-5000,6000-6000,7000-7000,8000-8000", 10000)]
    public void Read_OutsideMalformedOrTooMany_IsNotSatisfiable(string header, long size) => Assert.Equal(RangeRequest.NotSatisfiable, RangeHeader.Read(header, size, out _));

    [Theory]
    [InlineData("")]
    [InlineData("items=0-1")]
    [InlineData("bytes")]
    [InlineData("0-1")]
    [InlineData("=0-1")]
    public void Read_OtherUnitOrNone_AsksForNothing(string header) => Assert.Equal(RangeRequest.None, RangeHeader.Read(header, 100, out _));

    [Fact]
    public void Read_AnyRanges_CoverWhatWasAskedAndNeverMoreThanTheFile()
    {
        var range = Gen.Select(Gen.Long[0, 3000], Gen.Long[0, 3000]).Select(pair => (First: Math.Min(pair.Item1, pair.Item2), Last: Math.Max(pair.Item1, pair.Item2)));
        Gen.Select(range.Array[1, RangeHeader.MaxParts], Gen.Long[1, 2500]).Sample((ranges, size) =>
        {
            var answer = RangeHeader.Read($"bytes={string.Join(',', ranges.Select(r => $"{r.First}-{r.Last}"))}", size, out var parts);
            Assert.Equal(ranges.Any(r => r.First < size), answer is RangeRequest.Parts);
            Assert.True(parts.Sum(part => part.Length) <= size);
            Assert.All(parts, part => Assert.InRange(part.Last, part.First, size - 1));
            Assert.All(ranges.Where(r => r.First < size), r => Assert.Contains(parts, part => part.First <= r.First && Math.Min(r.Last, size - 1) <= part.Last));
        });
    }

    [Fact]
    public void Read_AnyText_NeverThrows() => Gen.String[Gen.Char["bytes=0123456789-, \t;ax"], 0, 60].Sample(text => RangeHeader.Read($"bytes={text}", 1000, out _));
}
