using ModelPlatform.Integrity;

namespace ModelPlatform.Tests.Integrity;

public sealed class GitBlobHashTests
{
    [Fact]
    public void Of_KnownContent_IsWhatGitSays()
    {
        Assert.Equal("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", GitBlobHash.Of([]));
        Assert.Equal("ce013625030ba8dba906f756967f9e9ca394464a", GitBlobHash.Of("hello\n"u8));
    }

    [Fact]
    public void Append_InPieces_IsTheSame()
    {
        using var hash = new GitBlobHash(6);
        hash.Append("hel"u8);
        hash.Append("lo\n"u8);
        Assert.Equal("ce013625030ba8dba906f756967f9e9ca394464a", hash.Finish());
    }
}
