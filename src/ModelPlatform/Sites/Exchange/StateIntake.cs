using ModelPlatform.Documents.Log;
using ModelPlatform.Documents.Replication;

namespace ModelPlatform.Sites.Exchange;

/// <summary>Lets states of other sites in: looks at each, then merges those that pass, durably, before anybody is told.</summary>
internal sealed class StateIntake(DocumentLog log, StateGate gate)
{
    /// <summary>Takes states in.</summary>
    /// <param name="states">What a site sent.</param>
    /// <param name="seen">What this site has, once these are in and none was refused; null where that is not known.</param>
    /// <param name="cancellationToken">Cancels before anything is written.</param>
    public async Task<(int Taken, IReadOnlyList<RefusedState> Refused)> TakeAsync(IReadOnlyList<FieldState> states, IReadOnlyDictionary<string, HybridTime>? seen, CancellationToken cancellationToken)
    {
        var (fresh, own) = await log.ReadAsync(view => (states.Where(state => state.Replaces(view.Map.Find(state.Key)?.State)).ToList(), view.Site), cancellationToken);
        var refused = new List<RefusedState>();
        var passed = new List<FieldState>(fresh.Count);
        foreach (var state in fresh)
        {
            if (gate.FindFault(state, own) is { } fault)
            {
                refused.Add(Refuse(state, fault));
            }
            else
            {
                passed.Add(state);
            }
        }

        if (passed.Count == 0 && (seen is null || refused.Count > 0))
        {
            return (0, refused);
        }

        return await log.ChangeAsync(draft =>
        {
            var late = passed.Where(state => gate.IsBeyondHorizon(state, draft.Map, draft.Seen)).ToList();
            var taken = passed.Except(late, ReferenceEqualityComparer.Instance).Cast<FieldState>().Count(draft.Merge);
            IReadOnlyList<RefusedState> all = [.. refused, .. late.Select(state => Refuse(state, StateGate.BeyondHorizon))];
            if (seen is not null && refused.Count == 0)
            {
                foreach (var (site, time) in seen.Where(pair => pair.Key != own && gate.FindSkew(pair.Value) is null))
                {
                    draft.Advance(site, time);
                }
            }

            return (taken, all);
        }, cancellationToken);
    }

    private static RefusedState Refuse(FieldState state, string reason) => new(Clip(state.Collection), Clip(state.Id), Clip(state.Field), reason);

    private static string Clip(string text) => text.Length <= 200 ? text : text[..200];
}
