namespace ModelPlatform.LocalHosting.Running;

/// <summary>What the children say, each line with the name of who says it.</summary>
internal sealed class ConsoleLog
{
    private readonly Lock gate = new();

    public void Write(string who, string line)
    {
        lock (gate)
        {
            Console.Out.WriteLine($"[{who}] {line}");
        }
    }
}
