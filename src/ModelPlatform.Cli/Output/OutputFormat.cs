namespace ModelPlatform.Cli.Output;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Human = 0,

    /// <summary>One JSON document on standard output.</summary>
    Json,

    /// <summary>Ids only, one a line.</summary>
    Quiet,
}
