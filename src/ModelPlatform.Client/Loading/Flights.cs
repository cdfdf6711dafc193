namespace ModelPlatform.Client.Loading;

/// <summary>One piece of work for all who ask for the same thing at the same time. It goes on until the last of them has given up.</summary>
internal sealed class Flights<T>
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Flight> flights = new(StringComparer.Ordinal);

    public async Task<T> JoinAsync(string key, IProgress<LoadProgress>? progress, Func<IProgress<LoadProgress>, CancellationToken, Task<T>> start, CancellationToken cancellationToken)
    {
        Flight? flight;
        lock (gate)
        {
            if (!flights.TryGetValue(key, out flight))
            {
                flight = flights[key] = new Flight();
                flight.Work = Task.Run(() => FlyAsync(key, flight, start), CancellationToken.None);
            }

            flight.Passengers++;
            flight.Add(progress);
        }

        try
        {
            return await flight.Work.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (gate)
            {
                flight.Remove(progress);
                if (--flight.Passengers == 0 && !flight.Work.IsCompleted)
                {
                    flights.Remove(key);
                    flight.Stop.Cancel();
                }
            }
        }
    }

    private async Task<T> FlyAsync(string key, Flight flight, Func<IProgress<LoadProgress>, CancellationToken, Task<T>> start)
    {
        try
        {
            return await start(flight, flight.Stop.Token);
        }
        finally
        {
            lock (gate)
            {
                if (flights.GetValueOrDefault(key) == flight)
                {
                    flights.Remove(key);
                }
            }
        }
    }

    private sealed class Flight : IProgress<LoadProgress>
    {
        private readonly Lock gate = new();
        private readonly List<IProgress<LoadProgress>> listeners = [];

        public CancellationTokenSource Stop { get; } = new();

        public Task<T> Work { get; set; } = null!;

        public int Passengers { get; set; }

        public void Add(IProgress<LoadProgress>? listener)
        {
            lock (gate)
            {
                if (listener is not null)
                {
                    listeners.Add(listener);
                }
            }
        }

        public void Remove(IProgress<LoadProgress>? listener)
        {
            lock (gate)
            {
                if (listener is not null)
                {
                    listeners.Remove(listener);
                }
            }
        }

        public void Report(LoadProgress value)
        {
            IProgress<LoadProgress>[] now;
            lock (gate)
            {
                now = [.. listeners];
            }

            foreach (var listener in now)
            {
                listener.Report(value);
            }
        }
    }
}
