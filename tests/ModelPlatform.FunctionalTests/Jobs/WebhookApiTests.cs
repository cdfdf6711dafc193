using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ModelPlatform.FunctionalTests.Platform;
using StandardWebhooks;

namespace ModelPlatform.FunctionalTests.Jobs;

/// <summary>Webhooks as a receiver sees them; signatures are checked by a library of somebody else, not by our code.</summary>
[Collection(JobsPlatform.Collection)]
public sealed class WebhookApiTests(JobsPlatform platform)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Webhook_OfACompletedAndOfAFailedJob_IsSignedToldOnceAndListed()
    {
        var good = await platform.FetchSmallAsync(JobsPlatform.NewModel("hooked"), Cancel, ("webhookUrl", $"{platform.Receiver.Address}/done?secret=s3cret"));
        var bad = await platform.FetchSmallAsync(JobsPlatform.NewModel("hooked"), Cancel, ("webhookUrl", platform.Receiver.Address), ("expectedSha256", new string('0', 64)));
        var delivered = await DeliveryAsync(good, "delivered");
        await DeliveryAsync(bad, "delivered");

        var (completed, failed) = (Assert.Single(platform.Receiver.About(good)), Assert.Single(platform.Receiver.About(bad)));
        var standard = new StandardWebhook(JobsPlatform.Secret);
        foreach (var webhook in new[] { completed, failed })
        {
            var headers = new Microsoft.AspNetCore.Http.HeaderDictionary();
            foreach (var (name, value) in webhook.Headers)
            {
                headers[name] = value;
            }

            standard.Verify(webhook.Body, headers);
            Assert.ThrowsAny<Exception>(() => standard.Verify(webhook.Body + " ", headers));
        }

        Assert.Equal(("model.fetch.completed", "completed", "completed"), ((string?)completed.Json["type"], (string?)completed.Json["status"], (string?)completed.Json["job"]!["status"]));
        Assert.Equal((string?)completed.Json["modelId"], (string?)completed.Json["model"]!["id"]);
        Assert.Equal(("model.fetch.failed", "failed", "INTEGRITY_FAILED", 0, null), ((string?)failed.Json["type"], (string?)failed.Json["status"], (string?)failed.Json["errorCode"], (int)failed.Json["retryCount"]!, failed.Json["model"]));
        Assert.NotEqual(completed.Id, failed.Id);
        Assert.Equal((completed.Id, $"{platform.Receiver.Address}/done", 204), ((string?)delivered["id"], (string?)delivered["target"], (int)delivered["attempts"]![0]!["statusCode"]!));
        Assert.DoesNotContain("s3cret", platform.Platform.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhook_ReceiverRefusesOnce_IsToldAgainUnderTheSameId()
    {
        var refused = 0;
        platform.Receiver.Answer = _ => Interlocked.Exchange(ref refused, 1) == 0 ? 500 : 204;
        var id = await platform.FetchSmallAsync(JobsPlatform.NewModel("again"), Cancel, ("webhookUrl", platform.Receiver.Address));
        var delivery = await DeliveryAsync(id, "delivered");
        platform.Receiver.Answer = _ => 204;

        var calls = platform.Receiver.About(id);
        Assert.Equal((2, calls[0].Id, calls[0].Body), (calls.Count, calls[1].Id, calls[1].Body));
        Assert.Equal([500, 204], delivery["attempts"]!.AsArray().Select(attempt => (int)attempt!["statusCode"]!));
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    public async Task Webhook_ToAnAddressOfThisNetwork_IsNeverSentAndHarmsNoJob(string target)
    {
        await using var inner = await WebhookReceiver.StartAsync();
        var id = await platform.FetchSmallAsync(JobsPlatform.NewModel("inner"), Cancel, ("webhookUrl", string.Format(System.Globalization.CultureInfo.InvariantCulture, target, new Uri(inner.Address).Port)));

        var delivery = await DeliveryAsync(id, "failed");

        Assert.Empty(inner.Received);
        Assert.Null(delivery["attempts"]![0]!["statusCode"]);
        Assert.Equal("completed", (string?)(await platform.UntilAsync(id, _ => true, Cancel))["status"]);
    }

    private async Task<JsonObject> DeliveryAsync(string jobId, string status)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            var listed = (await platform.Api.GetFromJsonAsync<JsonObject>("/v1/webhooks/deliveries", patience.Token))!;
            if (listed["deliveries"]!.AsArray().FirstOrDefault(delivery => (string?)delivery!["jobId"] == jobId && (string?)delivery["status"] == status) is { } found)
            {
                return found.AsObject();
            }

            await Task.Delay(100, patience.Token);
        }
    }
}
