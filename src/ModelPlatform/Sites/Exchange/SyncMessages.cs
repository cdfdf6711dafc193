using System.Text.Json.Serialization;
using ModelPlatform.Documents.Replication;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Answer of <c>GET /v2/sync/changes</c>: changes after a position, oldest first, each field once, without what the asker has.</summary>
internal sealed record ChangesPage
{
    public required string Site { get; init; }

    /// <summary>Positions count within an epoch only.</summary>
    public required string Epoch { get; init; }

    /// <summary>The site's wall clock.</summary>
    public required HybridTime Time { get; init; }

    /// <summary>Position of its newest change.</summary>
    public required long Head { get; init; }

    /// <summary>Where to go on.</summary>
    public required long Next { get; init; }

    public bool More { get; init; }

    /// <summary>What is left after this page.</summary>
    public required SyncAmount Remaining { get; init; }

    /// <summary>Root of its digest.</summary>
    public required string Root { get; init; }

    /// <summary>Up to which time it has each site's writes.</summary>
    public required IReadOnlyDictionary<string, HybridTime> Seen { get; init; }

    /// <summary>The keys it signs with.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    public required IReadOnlyList<FieldState> States { get; init; }
}

/// <summary>Fields and their bytes.</summary>
internal sealed record SyncAmount(long Fields, long Bytes);

/// <summary>Body of <c>POST /v2/sync/changes</c>. Without states it only says that there is something to be had.</summary>
internal sealed record ChangesPush
{
    public required string Site { get; init; }

    public required HybridTime Time { get; init; }

    public required IReadOnlyList<FieldState> States { get; init; }
}

/// <summary>Answer of <c>POST /v2/sync/changes</c>.</summary>
internal sealed record PushAnswer
{
    public required string Site { get; init; }

    public required HybridTime Time { get; init; }

    /// <summary>How many replaced what was there.</summary>
    public required int Taken { get; init; }

    public required string Root { get; init; }

    /// <summary>Whether it asks the sender for changes itself: then a long list need not be sent.</summary>
    public bool Pulls { get; init; }

    public required IReadOnlyList<RefusedState> Refused { get; init; }
}

/// <summary>A state that was not taken, and why.</summary>
internal sealed record RefusedState(string Collection, string Id, string Field, string Reason);

/// <summary>Body of <c>POST /v2/sync/buckets</c>.</summary>
internal sealed record BucketsRequest(IReadOnlyList<int> Buckets);

/// <summary>Body of <c>POST /v2/sync/states</c>: names of states, 16 hex digits, by bucket.</summary>
internal sealed record StatesRequest(IReadOnlyDictionary<int, IReadOnlyList<string>> Names);

/// <summary>Its answer.</summary>
internal sealed record StatesAnswer(IReadOnlyList<FieldState> States);

/// <summary>The JSON between sites.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, AllowDuplicateProperties = false, MaxDepth = 24)]
[JsonSerializable(typeof(ChangesPage))]
[JsonSerializable(typeof(ChangesPush))]
[JsonSerializable(typeof(PushAnswer))]
[JsonSerializable(typeof(BucketsRequest))]
[JsonSerializable(typeof(StatesRequest))]
[JsonSerializable(typeof(StatesAnswer))]
internal sealed partial class SyncJson : JsonSerializerContext;
