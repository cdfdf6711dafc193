namespace ModelPlatform.Client.Loading.Transfer;

/// <summary>The chunks of a file that nobody has or is bringing, given out in runs so that several connections share the work from the front.</summary>
internal sealed class MissingChunks(int count)
{
    private const int LongestRun = 8;

    private readonly Lock gate = new();
    private readonly bool[] taken = new bool[count];
    private readonly bool[] verified = new bool[count];
    private int first;

    public bool IsVerified(int index) => Volatile.Read(ref verified[index]);

    public void Verified(int index)
    {
        taken[index] = true;
        Volatile.Write(ref verified[index], true);
    }

    public bool Any => verified.Contains(false);

    /// <summary>Takes the next run of missing chunks; null where there is none.</summary>
    public (int First, int Last)? Take(bool toTheEnd)
    {
        lock (gate)
        {
            while (first < taken.Length && taken[first])
            {
                first++;
            }

            if (first == taken.Length)
            {
                return null;
            }

            var last = first;
            taken[first] = true;
            while (last + 1 < taken.Length && !taken[last + 1] && (toTheEnd || last + 1 - first < LongestRun))
            {
                taken[++last] = true;
            }

            return (first, last);
        }
    }

    /// <summary>Gives back what was taken and not brought.</summary>
    public void Return(int from, int to)
    {
        lock (gate)
        {
            for (var index = from; index <= to; index++)
            {
                taken[index] = IsVerified(index);
            }

            first = Math.Min(first, from);
        }
    }
}
