namespace ModelPlatform.Api.Serving;

/// <summary>Bytes of a file, from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal readonly record struct ByteRange(long First, long Last)
{
    public long Length => Last - First + 1;
}
