using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ModelPlatform.Sources;

namespace ModelPlatform.Registry;

/// <summary>Filters and pages the catalog. A cursor names the last row given, so pages stay right while models come and go.</summary>
internal static class CatalogPaging
{
    /// <summary>The largest page.</summary>
    public const int LargestPage = 1000;

    public static CatalogPage Page(CatalogSnapshot catalog, CatalogQuery query)
    {
        var limit = Math.Clamp(query.Limit, 1, LargestPage);
        var words = query.Text?.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        (long Ticks, string Name, string Version)? after = query.Cursor is null ? null : ReadCursor(query.Cursor);
        var rows = new List<CatalogRow>();
        IndexedModel? last = null;
        foreach (var model in catalog.NewestFirst)
        {
            if ((after is { } cursor && !IsAfter(model, cursor)) || !Matches(model, query, words))
            {
                continue;
            }

            if (rows.Count == limit)
            {
                return new CatalogPage(rows, WriteCursor(last!));
            }

            rows.Add(model.ToRow());
            last = model;
        }

        return new CatalogPage(rows, null);
    }

    private static bool Matches(IndexedModel model, CatalogQuery query, string[] words) =>
        (query.IncludesGated || !model.Card.IsGated)
        && (query.Tier is null || model.Tier == query.Tier)
        && (query.Capability is null || model.Capabilities.Contains(query.Capability))
        && (query.Framework is null || model.Framework == query.Framework)
        && (query.Stage is null || model.Card.Stage == query.Stage)
        && (query.Type is null || model.Type == query.Type)
        && model.Mentions(words);

    private static bool IsAfter(IndexedModel model, (long Ticks, string Name, string Version) cursor)
    {
        var byTime = cursor.Ticks.CompareTo(model.Card.PublishedAt.UtcTicks);
        var byName = byTime != 0 ? byTime : string.CompareOrdinal(model.Name, cursor.Name);
        return (byName != 0 ? byName : string.CompareOrdinal(model.Version, cursor.Version)) > 0;
    }

    private static string WriteCursor(IndexedModel model) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{model.Card.PublishedAt.UtcTicks}|{model.Name}|{model.Version}")));

    private static (long Ticks, string Name, string Version) ReadCursor(string cursor)
    {
        if (cursor.Length <= 1024 && Base64Url.IsValid(cursor)
            && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('|') is [var ticks, var name, var version]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return (number, name, version);
        }

        throw new PlatformException(new PlatformError(ErrorCode.InvalidRequest, "cursor is not one that a page of the catalog gave."));
    }
}
