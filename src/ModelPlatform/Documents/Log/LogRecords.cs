using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ModelPlatform.Manifests;
using ModelPlatform.Sources;

namespace ModelPlatform.Documents.Log;

/// <summary>The log's records in the record store.</summary>
/// <remarks>
/// <code>
/// documents/=log/{number}            one append; created only if absent, which is what orders the writers of several processes
/// documents/=state/index             the newest compaction; replaced only if unchanged
/// documents/=state/{part}-{number}   one of 64 parts of its snapshot
/// </code>
/// </remarks>
internal sealed class LogRecords(IRecordStore store)
{
    private const string LogPrefix = "documents/=log/";
    private const string Index = "documents/=state/index";

    public static string PathOf(long number) => $"{LogPrefix}{number.ToString("D12", CultureInfo.InvariantCulture)}";

    public async ValueTask<(LogIndex? Index, string? ETag)> ReadIndexAsync(CancellationToken cancellationToken)
    {
        var record = await store.ReadAsync(Index, cancellationToken);
        return record is null ? default : (Read(record, Index, LogJson.Default.LogIndex), record.ETag);
    }

    public async ValueTask<bool> WriteIndexAsync(LogIndex index, string? etag, CancellationToken cancellationToken) =>
        await store.WriteAsync(Index, JsonSerializer.SerializeToUtf8Bytes(index, LogJson.Default.LogIndex), etag is null ? RecordCondition.Absent : RecordCondition.Unchanged(etag), cancellationToken) is not null;

    public async ValueTask<(LogRecord Record, int Bytes)?> ReadAsync(long number, CancellationToken cancellationToken) =>
        await store.ReadAsync(PathOf(number), cancellationToken) is { } record ? (Read(record, PathOf(number), LogJson.Default.LogRecord), record.Content.Length) : null;

    /// <summary>Appends under a number; false where another process has taken it.</summary>
    public async ValueTask<bool> TryAppendAsync(long number, ReadOnlyMemory<byte> record, CancellationToken cancellationToken) =>
        await store.WriteAsync(PathOf(number), record, RecordCondition.Absent, cancellationToken) is not null;

    public async Task<List<long>> ListAsync(CancellationToken cancellationToken)
    {
        var numbers = new List<long>();
        await foreach (var path in store.ListAsync(LogPrefix, cancellationToken))
        {
            numbers.Add(long.Parse(path.AsSpan(LogPrefix.Length), CultureInfo.InvariantCulture));
        }

        return numbers;
    }

    public async ValueTask DeleteAsync(long number, CancellationToken cancellationToken) => await store.DeleteAsync(PathOf(number), RecordCondition.None, cancellationToken);

    public async ValueTask<LogPart?> ReadPartAsync(int part, long number, CancellationToken cancellationToken) =>
        await store.ReadAsync(PartPath(part, number), cancellationToken) is { } record ? Read(record, PartPath(part, number), LogJson.Default.LogPart) : null;

    public async ValueTask WritePartAsync(int part, long number, LogPart content, CancellationToken cancellationToken) =>
        await store.WriteAsync(PartPath(part, number), JsonSerializer.SerializeToUtf8Bytes(content, LogJson.Default.LogPart), RecordCondition.None, cancellationToken);

    public async ValueTask DeletePartAsync(int part, long number, CancellationToken cancellationToken) =>
        await store.DeleteAsync(PartPath(part, number), RecordCondition.None, cancellationToken);

    private static string PartPath(int part, long number) => string.Create(CultureInfo.InvariantCulture, $"documents/=state/{part:D2}-{number:D12}");

    private static T Read<T>(StoredRecord record, string path, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(record.Content.Span, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException exception)
        {
            throw new PlatformException(new PlatformError(ErrorCode.IntegrityFailed, $"The record {path} cannot be read: {exception.Message}"), exception);
        }
    }
}
