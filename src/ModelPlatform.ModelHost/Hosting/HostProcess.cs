namespace ModelPlatform.ModelHost.Hosting;

/// <summary>Names this process in what it writes for others.</summary>
internal sealed class HostProcess
{
    /// <summary>Machine, process id, and when it started: a process id may come again.</summary>
    public string Name { get; } = $"{Environment.MachineName}/{Environment.ProcessId}";
}
