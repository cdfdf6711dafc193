using ModelPlatform.Client.Connection;

namespace ModelPlatform.Cli;

/// <summary>What a script reads from the end of a command.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Integrity = 4;
    public const int Unauthorized = 5;
    public const int Unreachable = 6;
    public const int Interrupted = 130;

    public static int Of(string? problemCode) => problemCode switch
    {
        ProblemCode.NotFound or ProblemCode.ModelNotFound or ProblemCode.JobNotFound => NotFound,
        ProblemCode.IntegrityFailed => Integrity,
        ProblemCode.Unauthorized or ProblemCode.Forbidden => Unauthorized,
        ProblemCode.Unreachable => Unreachable,
        ProblemCode.InvalidRequest or ProblemCode.InvalidSource => Usage,
        _ => Failed,
    };
}
