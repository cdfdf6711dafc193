using System.Text;
using CsCheck;
using ModelPlatform.Documents.Replication;

namespace ModelPlatform.Tests.Documents.Replication;

/// <summary>The map's laws, on random histories.</summary>
public sealed class FieldMapTests
{
    private const int Iterations = 2000;

    private static readonly Gen<FieldState> GenState = Gen.Select(Gen.Int[0, 4], Gen.ULong[0, 6], Gen.Int[0, 2], Gen.Int[-1, 3], (field, time, site, value) => new FieldState
    {
        Collection = "c",
        Id = "d",
        Field = $"f{field}",
        Time = new HybridTime(time),
        Site = $"s{site}",
        Value = value < 0 ? null : Json(value),
    });

    [Fact]
    public void Merge_AnyOrder_IsCommutative() =>
        Gen.Select(GenState.Array[0, 20], Gen.Int[0, int.MaxValue]).Sample(
            (states, seed) => Assert.Equal(Root(states), Root([.. states.OrderBy(state => HashCode.Combine(seed, state.Time, state.Site, state.Field, state.Value?.ToString()))])), iter: Iterations);

    [Fact]
    public void Merge_OfMerged_IsAssociative() =>
        Gen.Select(GenState.Array[0, 10], GenState.Array[0, 10], GenState.Array[0, 10]).Sample(
            (a, b, c) => Assert.Equal(Root([.. States([.. States([.. a, .. b]), .. c])]), Root([.. a, .. States([.. b, .. c])])), iter: Iterations);

    [Fact]
    public void Merge_Again_IsIdempotent() => GenState.Array[0, 20].Sample(states =>
    {
        var map = Map(states);
        var before = MapDigest.RootOf(map.Digest());
        Assert.DoesNotContain(true, states.Select(state => map.Merge(state, 1000)).ToList());
        Assert.Equal(before, MapDigest.RootOf(map.Digest()));
    }, iter: Iterations);

    [Fact]
    public void Digest_AfterForgetting_IsThatOfTheRest() => GenState.Array[1, 20].Sample(states =>
    {
        var (map, key) = (Map(states), states[0].Key);
        map.Forget(key);
        Assert.Equal(Root([.. states.Where(state => state.Key != key)]), MapDigest.RootOf(map.Digest()));
        Assert.Null(map.Find(key));
    }, iter: Iterations);

    /// <summary>Three sites write, remove and send each other what they have, in any order, twice, in parts or not at all, with clocks minutes apart; then all is sent once.</summary>
    [Fact]
    public void Sites_LossDuplicationReorderingPartitionAndSkew_ConvergeAndLoseNothing()
    {
        var step = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 200_000], (kind, site, other, field, noise) => (kind, site, other, field, noise));
        Gen.Select(step.Array[0, 60], Gen.Int[-299_000, 299_000].Array[3]).Sample((steps, skews) =>
        {
            var time = new Clock();
            var sites = skews.Select((skew, i) => new SimulatedSite($"s{i}", new Clock { Base = time, Skew = TimeSpan.FromMilliseconds(skew) })).ToArray();
            var acknowledged = new List<FieldState>();
            foreach (var (kind, site, other, field, noise) in steps)
            {
                time.Now += TimeSpan.FromMilliseconds(noise % 50);
                if (kind < 2)
                {
                    acknowledged.Add(sites[site].Write($"f{field}", kind == 0 ? Json(noise) : null));
                    continue;
                }

                // A part of what there is, in an order of its own, some of it twice; a partition is a step that never comes.
                var sent = sites[site].All().Where((_, i) => ((noise >> (i % 16)) & 1) == 0).OrderBy(state => state.Digest.GetHashCode() ^ noise).ToList();
                sent.Concat(kind == 3 ? sent : []).ToList().ForEach(sites[other].Receive);
            }

            foreach (var from in sites)
            {
                foreach (var to in sites)
                {
                    from.All().ToList().ForEach(to.Receive);
                }
            }

            foreach (var from in sites)
            {
                from.All().ToList().ForEach(sites[0].Receive);
            }

            sites[0].All().ToList().ForEach(sites[1].Receive);
            sites[0].All().ToList().ForEach(sites[2].Receive);
            Assert.Single(sites.Select(site => MapDigest.RootOf(site.Map.Digest())).Distinct());
            foreach (var of in acknowledged.GroupBy(state => state.Key))
            {
                // What stands is one of the acknowledged writes, and none of them is later: nothing was lost that a later write did not replace.
                var stands = sites[0].Map.Find(of.Key)!.State;
                Assert.Contains(stands.Digest, of.Select(state => state.Digest));
                Assert.All(of, state => Assert.True(state.Digest == stands.Digest || stands.Replaces(state)));
            }

            // A write that knew of another is later, whatever the clocks say.
            foreach (var site in sites)
            {
                Assert.All(acknowledged.Where(state => state.Site == site.Name).Zip(acknowledged.Where(state => state.Site == site.Name).Skip(1)), pair => Assert.True(pair.Second.Time > pair.First.Time));
            }
        }, iter: Iterations);
    }

    [Fact]
    public void HybridClock_AnyHistory_RisesAndStaysNearTheWallClock() => Gen.Select(Gen.Int[-1000, 1000], Gen.Int[0, 300_000]).Array[1, 60].Sample(steps =>
    {
        var wall = new Clock();
        var (clock, last, furthest) = (new HybridClock(wall), default(HybridTime), 0L);
        foreach (var (move, ahead) in steps)
        {
            wall.Now += TimeSpan.FromMilliseconds(move);
            furthest = Math.Max(furthest, wall.GetUtcNow().ToUnixTimeMilliseconds());
            if (ahead % 3 == 0)
            {
                clock.Observe(HybridTime.Of(wall.GetUtcNow() + TimeSpan.FromMilliseconds(ahead)));
                furthest = Math.Max(furthest, wall.GetUtcNow().ToUnixTimeMilliseconds() + ahead);
                Assert.True(clock.Next() > HybridTime.Of(wall.GetUtcNow() + TimeSpan.FromMilliseconds(ahead)));
            }

            var next = clock.Next();
            Assert.True(next > last);
            Assert.InRange(next.Milliseconds, wall.GetUtcNow().ToUnixTimeMilliseconds(), furthest + 1);
            last = next;
        }
    }, iter: Iterations);

    private static RawJson Json(int value) => new(Encoding.UTF8.GetBytes($$$"""{"hash":"{{{value}}}","size_bytes":1,"metadata":{}}"""));

    private static FieldMap Map(IEnumerable<FieldState> states)
    {
        var (map, position) = (new FieldMap(), 0L);
        foreach (var state in states)
        {
            map.Merge(state, ++position);
        }

        return map;
    }

    private static IEnumerable<FieldState> States(IEnumerable<FieldState> states) => Map(states).ChangesAfter(0).Select(cell => cell.State);

    private static string Root(IEnumerable<FieldState> states) => MapDigest.RootOf(Map(states).Digest());

    private sealed class Clock : TimeProvider
    {
        public Clock? Base { get; init; }

        public TimeSpan Skew { get; init; }

        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => (Base?.Now ?? Now) + Skew;
    }

    private sealed class SimulatedSite(string name, TimeProvider time)
    {
        private readonly HybridClock clock = new(time);
        private long position;

        public string Name => name;

        public FieldMap Map { get; } = new();

        public IEnumerable<FieldState> All() => Map.ChangesAfter(0).Select(cell => cell.State);

        public FieldState Write(string field, RawJson? value)
        {
            var state = new FieldState { Collection = "c", Id = "d", Field = field, Time = clock.Next(), Site = name, Value = value };
            Assert.True(Map.Merge(state, ++position));
            return state;
        }

        public void Receive(FieldState state)
        {
            clock.Observe(state.Time);
            Map.Merge(state, ++position);
        }
    }
}
