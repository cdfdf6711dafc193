using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ModelPlatform.Chunks.PlainFiles;
using ModelPlatform.Cli.Commands.Models;
using ModelPlatform.Cli.Output;
using ModelPlatform.Client.Connection;
using ModelPlatform.Client.Models;
using ModelPlatform.Fetching;
using ModelPlatform.Fetching.Journals;
using ModelPlatform.Plugins;
using ModelPlatform.Registry;
using ModelPlatform.Sources;

namespace ModelPlatform.Cli.Local;

/// <summary><c>model fetch … --local DIR</c>: plain, verified files. What is not finished lies in DIR/.modelplatform, from where the next run goes on.</summary>
internal static class LocalFetch
{
    private const string WorkDirectory = ".modelplatform";

    public static async Task<int> RunAsync(LocalRequest request, Session session, CancellationToken cancellationToken)
    {
        var text = $"{request.Name}:{request.Version}";
        if (!ModelId.TryParse(text, out var model))
        {
            session.Terminal.Complain($"{text} is no name of a model.");
            return ExitCode.Usage;
        }

        var work = Path.Combine(request.Directory, WorkDirectory);
        using var host = LocalHost.Create(request, Path.Combine(work, "files"), session.Terminal.Folder, session.IsVerbose);
        try
        {
            await host.StartAsync(cancellationToken);
            var catalog = host.Services.GetRequiredService<ISourceCatalog>();
            if (!catalog.Names.Contains(request.Source))
            {
                return session.Fail(new ApiProblem { Error = $"No plugin provides the source '{request.Source}'. There are: {string.Join(", ", catalog.Names)}.", Code = ProblemCode.InvalidSource });
            }

            return request.IsDryRun
                ? await InspectAsync(catalog, request, session, cancellationToken)
                : await FetchAsync(host.Services, model, request, work, session, cancellationToken);
        }
        catch (StaleLeaseException busy)
        {
            return session.Fail(new ApiProblem { Error = busy.Message, Code = ProblemCode.InvalidState });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return session.Fail(new ApiProblem { Error = exception.Message, Code = ProblemCode.StorageFailed });
        }
        finally
        {
            await host.StopAsync(CancellationToken.None);
        }
    }

    private static async Task<int> FetchAsync(IServiceProvider services, ModelId model, LocalRequest request, string work, Session session, CancellationToken cancellationToken)
    {
        var places = request.Fallbacks.Prepend(new(request.Source, request.Reference))
            .Select(place => new FetchSource(place.Key, new SourceReference(place.Value) { Revision = request.Revision, Variant = request.Variant }));
        var wanted = new FetchRequest(model, [.. places]) { Variant = request.Variant, Framework = request.Framework, ExpectedSha256 = request.Sha256 };
        Result<FetchedModel> answer;
        long reused;
        await using (var journal = FileFetchJournal.Open(Path.Combine(work, "journal")))
        using (var line = new LiveLine(session))
        {
            var progress = new LocalProgress(session, line);
            answer = await services.GetRequiredService<IFetchEngine>().FetchAsync(wanted, journal, progress, cancellationToken);
            reused = progress.BytesReused;
            if (answer.TryGet(out var fetched, out _))
            {
                var files = services.GetRequiredService<IPlainFiles>();
                foreach (var file in fetched.Files)
                {
                    var target = Path.Combine(request.Directory, Path.Combine(file.Path.Split('/')));
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    File.Move(files.Complete(file.Path, file.Size), target, overwrite: true);
                }
            }
        }

        if (!answer.TryGet(out var done, out var error))
        {
            return session.Fail(Problem(error), error.IsRetryable ? "the same command again: it goes on where it ended" : null);
        }

        Directory.Delete(work, recursive: true);
        OnDisk.Write(session, new ModelOnDisk(model.ToString(), request.Directory, [.. done.Files.Select(file => file.Path)], done.Files.Sum(file => file.Size), reused, done.Source.Source));
        return ExitCode.Ok;
    }

    private static async Task<int> InspectAsync(ISourceCatalog catalog, LocalRequest request, Session session, CancellationToken cancellationToken)
    {
        if (!catalog.TryAcquire(request.Source, out var lease))
        {
            return ExitCode.Failed;
        }

        using (lease)
        {
            if (!(await lease.Source.InspectAsync(new SourceReference(request.Reference) { Revision = request.Revision, Variant = request.Variant }, cancellationToken)).TryGet(out var found, out var error))
            {
                return session.Fail(Problem(error));
            }

            var shown = new ModelInspection
            {
                Source = request.Source, SourceReference = request.Reference, Revision = found.Revision, Framework = found.Framework, SuggestedModelName = request.Name, InferredMetadata = found.Metadata,
                Variants = [.. found.Variants.Select(variant => new InspectedVariant
                {
                    Name = variant.Name, Precision = variant.Precision, Files = [.. variant.Files.Select(file => file.Path)],
                    TotalSize = variant.TotalSize,
                })],
            };
            session.Write(shown, CliJson.Api.ModelInspection, console => ModelCommands.Show(console, shown), result => result.Variants.Select(choice => choice.Name));
            session.Terminal.Complain("Nothing was fetched.");
            return ExitCode.Ok;
        }
    }

    private static ApiProblem Problem(PlatformError error) => new() { Error = error.Message, Code = error.Code.WireName(), Retryable = error.IsRetryable };
}
