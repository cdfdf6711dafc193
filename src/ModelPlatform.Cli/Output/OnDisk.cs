namespace ModelPlatform.Cli.Output;

/// <summary>How a model that now lies in a directory is told of.</summary>
internal static class OnDisk
{
    public static void Write(Session session, ModelOnDisk result) => session.Write(
        result,
        CliJson.Own.ModelOnDisk,
        console => console.WriteLine(Printable.Of(
            $"{result.Id}: {result.Files.Count} files, {Amounts.Bytes(result.Bytes)} verified in {result.Directory}{(result.BytesReused > 0 ? $", {Amounts.Bytes(result.BytesReused)} of it were there" : "")}")),
        done => [done.Directory]);
}
