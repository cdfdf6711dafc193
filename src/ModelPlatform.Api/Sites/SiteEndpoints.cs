using ModelPlatform.Api.Errors;
using ModelPlatform.Sites;
using ModelPlatform.Sources;

namespace ModelPlatform.Api.Sites;

/// <summary><c>/v1/sites</c>: the sites this one exchanges documents with.</summary>
internal static class SiteEndpoints
{
    public static void MapSites(this IEndpointRouteBuilder app)
    {
        var sites = app.MapGroup("/v1/sites").WithTags("Sites");
        sites.MapGet("", async (ISiteExchange exchange, CancellationToken cancel) => TypedResults.Ok(await exchange.ReportAsync(cancel)))
            .WithName("ListSites").WithSummary("This site, and how the exchange with every other one stands");
        sites.MapGet("/{name}", FindAsync).WithName("GetSite").WithSummary("How the exchange with one site stands").Produces<SiteReport>();
        sites.MapPut("/{name}", PutAsync).WithName("PutSite").WithSummary("Adds a site, or changes what is given: address, token, pause, bytes per second, schedule").Produces<SiteReport>();
        sites.MapDelete("/{name}", RemoveAsync).WithName("DeleteSite").WithSummary("Forgets a site; documents that came from it stay").Produces(StatusCodes.Status204NoContent);
        sites.MapPost("/{name}/sync", async (string name, ISiteExchange exchange, CancellationToken cancel) =>
                (await exchange.SyncAsync(name, cancel)).TryGet(out var report, out var error) ? (IResult)TypedResults.Ok(report) : error.ToProblem())
            .WithName("SyncSite").WithSummary("Exchanges with a site now, and answers when that is done").Produces<SiteReport>();
    }

    private static async Task<IResult> FindAsync(string name, ISiteExchange exchange, CancellationToken cancellationToken) =>
        (await exchange.ReportAsync(cancellationToken)).Sites.FirstOrDefault(site => site.Name == name) is { } found ? TypedResults.Ok(found) : NotFound(name);

    private static async Task<IResult> PutAsync(string name, SiteBody body, ISiteDirectory directory, ISiteExchange exchange, CancellationToken cancellationToken)
    {
        var known = (await directory.ListAsync(cancellationToken)).FirstOrDefault(site => site.Name == name);
        var errors = new FieldErrors();
        var url = body.Url is null ? known?.Url : Uri.TryCreate(body.Url, UriKind.Absolute, out var given) ? given : null;
        if (!Site.IsValidName(name))
        {
            errors.Add("name", "name is made of letters, digits, dot, dash and underscore, at most 64.");
        }

        if (!Site.IsValidUrl(url))
        {
            errors.Add("url", "url is required: the http or https address of a ModelPlatform.");
        }

        if (body.BytesPerSecond < 0)
        {
            errors.Add("bytesPerSecond", "bytesPerSecond must not be negative; 0 is without limit.");
        }

        if (!string.IsNullOrEmpty(body.Schedule) && !Site.TryReadSchedule(body.Schedule, out _, out _))
        {
            errors.Add("schedule", "schedule is a time of day in UTC, for example 22:00-06:00; empty is always.");
        }

        if (body.Token is { Length: > 0 } token && (token.Length is < 16 or > 4096 || token.Any(c => c is <= ' ' or > '~')))
        {
            errors.Add("token", "token must consist of 16 to 4096 visible ASCII characters.");
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var site = new Site
        {
            Name = name,
            Url = url!,
            Token = body.Token is null ? known?.Token : body.Token.Length == 0 ? null : body.Token,
            Paused = body.Paused ?? known?.Paused ?? false,
            BytesPerSecond = (body.BytesPerSecond ?? known?.BytesPerSecond) is > 0 and var most ? most : null,
            Schedule = body.Schedule is null ? known?.Schedule : body.Schedule.Length == 0 ? null : body.Schedule,
        };
        await directory.PutAsync(site, cancellationToken);
        return await FindAsync(name, exchange, cancellationToken);
    }

    private static async Task<IResult> RemoveAsync(string name, ISiteDirectory directory, ISiteExchange exchange, CancellationToken cancellationToken)
    {
        if (!Site.IsValidName(name))
        {
            return NotFound(name);
        }

        if (!(await directory.RemoveAsync(name, cancellationToken)).TryGet(out var removed, out var error))
        {
            return error.ToProblem();
        }

        await exchange.ForgetAsync(name, cancellationToken);
        return removed ? TypedResults.NoContent() : NotFound(name);
    }

    private static ProblemResult NotFound(string name) => new PlatformError(ErrorCode.NotFound, $"There is no site {name}.").ToProblem();

    /// <summary>What is said of a site. What is left out stays as it is.</summary>
    private sealed record SiteBody(string? Url, string? Token, bool? Paused, long? BytesPerSecond, string? Schedule);
}
