using System.CommandLine;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Documents;

namespace ModelPlatform.Cli.Commands.Documents;

/// <summary><c>doc …</c></summary>
internal static class DocumentCommands
{
    private const int PageSize = 1000;

    public static Command Create(CommandContext context) => new("doc", "Documents: references to blobs, shared between sites.")
    {
        List(context),
        Get(context),
        Put(context),
        Remove(context),
    };

    private static Argument<string> Collection() => new("collection") { Description = "For example model_registry." };

    private static Argument<string> Id() => new("id") { Description = "The document, for example ppocr:v1." };

    private static Command List(CommandContext context)
    {
        var collection = Collection();
        var cursor = new Option<string?>("--cursor") { Description = "Where the page before ended." };
        return context.Ask("list", "Lists the documents of a collection, a thousand at a time.", [collection, cursor], Question.Of(
            CliJson.Api.DocumentList,
            (client, parsed, cancellationToken) => client.Documents.ListAsync(parsed.GetValue(collection)!, PageSize, parsed.GetValue(cursor), cancellationToken),
            (console, page, _) =>
            {
                foreach (var document in page.Documents.Append(page.NextCursor is { } next ? $"More with: --cursor {next}" : null).OfType<string>())
                {
                    console.WriteLine(Printable.Of(document));
                }
            },
            (page, _) => page.Documents));
    }

    private static Command Get(CommandContext context)
    {
        var (collection, id) = (Collection(), Id());
        return context.Ask("get", "Shows a document's references.", [collection, id], Question.Of(
            CliJson.Api.DictionaryStringBlobReference,
            (client, parsed, cancellationToken) => client.Documents.GetReferencesAsync(parsed.GetValue(collection)!, parsed.GetValue(id)!, cancellationToken),
            (console, references, _) =>
            {
                var table = Session.Table("FIELD", "HASH", "SIZE", "NAME");
                foreach (var (field, reference) in references)
                {
                    table.AddRow(Session.Cell(field), Session.Cell(reference.Hash), Session.Cell(Amounts.Bytes(reference.SizeBytes)), Session.Cell(reference.Metadata.Name));
                }

                console.Write(table);
            },
            (references, _) => references.Values.Select(reference => reference.Hash)) with { Next = parsed => $"modelplatform doc list {parsed.GetValue(collection)}" });
    }

    private static Command Put(CommandContext context)
    {
        var (collection, id) = (Collection(), Id());
        var field = new Argument<string>("field") { Description = "The field." };
        var hash = new Argument<string>("hash") { Description = "The blob's hash." };
        var size = new Argument<long>("size") { Description = "Its length in bytes." };
        var name = new Option<string?>("--name") { Description = "A name for it." };
        var type = new Option<string?>("--content-type") { Description = "Its media type." };
        return context.Ask("put", "Stores a reference in a field of a document.", [collection, id, field, hash, size, name, type], Question.Of(
            CliJson.Api.BlobReference,
            (client, parsed, cancellationToken) => client.Documents.PutAsync(
                parsed.GetValue(collection)!,
                parsed.GetValue(id)!,
                parsed.GetValue(field)!,
                new BlobReference
                {
                    Hash = parsed.GetValue(hash)!,
                    SizeBytes = parsed.GetValue(size),
                    Metadata = new BlobMetadata { Name = parsed.GetValue(name), ContentType = parsed.GetValue(type) },
                },
                cancellationToken),
            (console, stored, parsed) => console.WriteLine(Printable.Of($"{parsed.GetValue(id)} {parsed.GetValue(field)} is {stored.Hash}.")),
            (stored, _) => [stored.Hash]));
    }

    private static Command Remove(CommandContext context)
    {
        var (collection, id) = (Collection(), Id());
        var field = new Argument<string?>("field") { Description = "One field; without it all of them.", Arity = ArgumentArity.ZeroOrOne };
        string What(ParseResult parsed) => parsed.GetValue(field) is { } one ? $"{one} of {parsed.GetValue(id)}" : parsed.GetValue(id)!;
        return context.Ask("rm", "Removes references at all sites. What they point to stays.", [collection, id, field], Question.Of(
            CliJson.Api.Acknowledgement,
            (client, parsed, cancellationToken) => client.Documents.RemoveAsync(parsed.GetValue(collection)!, parsed.GetValue(id)!, parsed.GetValue(field), cancellationToken),
            (console, _, parsed) => console.WriteLine(Printable.Of($"{What(parsed)} is removed.")),
            (_, parsed) => [parsed.GetValue(id)]) with
        {
            Confirm = parsed => $"Remove {What(parsed)} at all sites?",
            Next = parsed => $"modelplatform doc list {parsed.GetValue(collection)}",
        });
    }
}
