using System.Globalization;
using System.IO.Compression;
using System.Text;
using ModelPlatform.Sources;

namespace ModelPlatform.Tests.Fetching;

/// <summary>RELIABILITY.md, F1 to F14, against an origin that is wrong to the byte.</summary>
public sealed class FetchFaultTests
{
    private const int Chunk = FetchBench.ChunkSize;
    private const int Length = (16 * Chunk) + 123;

    private static readonly byte[] Content = FetchBench.Content(Length);
    private static readonly byte[] Large = FetchBench.Content(17 * Chunk);

    [Fact]
    public async Task Fetch_WellServed_IsExactAndInOneGo()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.Equal(Length, origin.BodyBytes);
        Assert.Equal(17, bench.Verified.Count);
        Assert.All(bench.Verified, chunk => Assert.Equal((false, 0), (chunk.Reused, chunk.Source)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData(Length - 1)]
    public async Task F1_ResetAfterSomeBytes_ResumesWhereItBroke(int bytes)
    {
        var breaks = 0;
        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            if (request.Method == "GET" && Interlocked.Increment(ref breaks) == 1)
            {
                await HeadOfRangeAsync(request, answer);
                await answer.BodyAsync(Of(request)[..Math.Min(bytes, Of(request).Length)]);
                await Task.Delay(50);
                answer.Reset();
                return;
            }

            await answer.FileAsync(request, Content);
        });
        foreach (var ranges in new bool?[] { null, false })
        {
            breaks = 0;
            await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { AcceptsRanges = ranges }));
            await bench.AssertExactAsync(await bench.FetchAsync(), Content);
        }

        Assert.InRange(origin.BodyBytes, 2 * Length, (2 * Length) + (2 * Chunk));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F2_CleanCloseBeforeTheEnd_IsNeverAWholeFile(bool always)
    {
        var gets = 0;
        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            if (request.Method == "GET" && (always || Interlocked.Increment(ref gets) == 1))
            {
                await HeadOfRangeAsync(request, answer);
                await answer.BodyAsync(request.Range is { From: > 0 } ? ReadOnlyMemory<byte>.Empty : Of(request)[..1000]);
                await answer.CloseAsync();
                return;
            }

            await answer.FileAsync(request, Content);
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        var fetched = await bench.FetchAsync();

        if (always)
        {
            Assert.True(fetched.Error is { IsRetryable: true, Code: ErrorCode.DownloadIncomplete or ErrorCode.ConnectionFailed }, fetched.Error?.ToString());
        }
        else
        {
            await bench.AssertExactAsync(fetched, Content);
        }
    }

    [Fact]
    public async Task F3_EveryConnectionDroppedForEver_Finishes()
    {
        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            if (request.Method == "HEAD")
            {
                await answer.FileAsync(request, Content);
                return;
            }

            await HeadOfRangeAsync(request, answer);
            await answer.BodyAsync(Of(request)[..Math.Min(10_000, Of(request).Length)]);
            await answer.CloseAsync();
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.Equal(Length, origin.BodyBytes);
    }

    [Theory]
    [InlineData("stall once", true)]
    [InlineData("stall always", false)]
    [InlineData("slow headers", false)]
    [InlineData("slow body", false)]
    public async Task F4_SilenceAndCrawl_EndInTimeAndDisturbNobody(string fault, bool succeeds)
    {
        var gets = 0;
        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            if (request.Method == "HEAD" || request.Path == "/well.json" || (fault == "stall once" && Interlocked.Increment(ref gets) != 2))
            {
                await answer.FileAsync(request, Content);
                return;
            }

            if (fault == "slow headers")
            {
                await answer.StallAsync();
            }

            await HeadOfRangeAsync(request, answer);
            if (fault == "slow body")
            {
                for (var i = 0; ; i++)
                {
                    await answer.BodyAsync(Of(request).Slice(i, 1));
                    await Task.Delay(100, answer.Gone);
                }
            }

            await answer.BodyAsync(Of(request)[..Math.Min(1000, Of(request).Length)]);
            await answer.StallAsync();
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
        await using var other = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("well.json")));

        var fetching = bench.FetchAsync();
        await other.AssertExactAsync(await other.FetchAsync(), Content);
        var fetched = await fetching;

        if (succeeds)
        {
            await bench.AssertExactAsync(fetched, Content);
        }
        else
        {
            Assert.Equal(ErrorCode.NetworkTimeout, fetched.Error?.Code);
        }
    }

    [Fact]
    public async Task F5_AskedToWait_WaitsAndDoesNotHammer()
    {
        var refusals = 0;
        long firstRefusal = 0, firstAfter = 0;
        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            if (request.Method == "GET" && Interlocked.Increment(ref refusals) <= 2)
            {
                Interlocked.CompareExchange(ref firstRefusal, TimeProvider.System.GetTimestamp(), 0);
                await answer.HeadAsync("429 Too Many Requests", "Retry-After: 1", "Content-Length: 0");
                return;
            }

            if (request.Method == "GET")
            {
                Interlocked.CompareExchange(ref firstAfter, TimeProvider.System.GetTimestamp(), 0);
            }

            await answer.FileAsync(request, Content);
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));
        bench.Options.Connections = 2;

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.True(TimeProvider.System.GetElapsedTime(firstRefusal, firstAfter) >= TimeSpan.FromSeconds(0.95));
    }

    [Fact]
    public async Task F5_AskedToWaitLong_LeavesTheWaitToTheJob()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => request.Method == "GET"
            ? answer.HeadAsync("429 Too Many Requests", "Retry-After: 3600", "Content-Length: 0")
            : answer.FileAsync(request, Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        var error = (await bench.FetchAsync()).Error;

        Assert.Equal((ErrorCode.RateLimited, TimeSpan.FromHours(1)), (error!.Code, error.RetryAfter!.Value));
        Assert.InRange(origin.Requests.Count(request => request.Method == "GET"), 1, 4);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task F6_ServerErrorTwice_ThenWell(int status)
    {
        var gets = 0;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => request.Method == "GET" && Interlocked.Increment(ref gets) <= 2
            ? answer.HeadAsync($"{status} Error", "Content-Length: 0")
            : answer.FileAsync(request, Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData((3 * Chunk) + 1)]
    [InlineData(Length - 1)]
    public async Task F9_OneByteFlippedOnce_KnownChunks_FetchesOneChunkAgain(int position)
    {
        var flips = 0;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) =>
            answer.FileAsync(request, request.Method == "GET" && Covers(request, position) && Interlocked.Increment(ref flips) == 1 ? Flipped(position) : Content));
        await using var bench = new FetchBench().Add(
            "origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { ChunkHashes = FetchBench.Hashes(Content), ChunkSize = Chunk }));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.InRange(origin.BodyBytes, Length + 1, Length + Chunk);
    }

    [Fact]
    public async Task F9_OneByteFlippedAlways_KnownChunks_FailsNamingThem()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Flipped((3 * Chunk) + 1)));
        await using var bench = new FetchBench().Add(
            "origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { ChunkHashes = FetchBench.Hashes(Content), ChunkSize = Chunk }));

        var error = (await bench.FetchAsync()).Error;

        Assert.Equal(ErrorCode.IntegrityFailed, error!.Code);
        Assert.Contains("Chunk 3 of 'model.onnx'", error.Message, StringComparison.Ordinal);
        Assert.Contains(FetchBench.Hashes(Content)[3], error.Message, StringComparison.Ordinal);
        Assert.Contains(FetchBench.Hashes(Flipped((3 * Chunk) + 1).ToArray())[3], error.Message, StringComparison.Ordinal);
        Assert.Contains("origin", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F9_OneByteFlippedAlways_KnownChunks_TakesThatChunkFromTheNextSource()
    {
        await using var liar = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Flipped(5)));
        await using var honest = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        var file = new OriginFile("model.onnx") { ChunkHashes = FetchBench.Hashes(Content), ChunkSize = Chunk };
        await using var bench = new FetchBench().Add("liar", new OriginSource(liar.Address, file)).Add("honest", new OriginSource(honest.Address, file));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.Contains(bench.Failures, failure => failure.Source == "liar" && failure.Error.Code == ErrorCode.IntegrityFailed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F9_OneByteFlipped_OnlyTheWholeDigestKnown_IsSeen(bool always)
    {
        var flips = 0;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) =>
            answer.FileAsync(request, request.Method == "GET" && Covers(request, 70_000) && (always || Interlocked.Increment(ref flips) == 1) ? Flipped(70_000) : Content));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { Sha256 = FetchBench.Sha256(Content) }));

        var fetched = await bench.FetchAsync();

        if (always)
        {
            Assert.Equal(ErrorCode.IntegrityFailed, fetched.Error!.Code);
            Assert.Contains(FetchBench.Sha256(Content), fetched.Error.Message, StringComparison.Ordinal);
            Assert.Contains(FetchBench.Sha256(Flipped(70_000).ToArray()), fetched.Error.Message, StringComparison.Ordinal);
        }
        else
        {
            await bench.AssertExactAsync(fetched, Content);
            Assert.Contains(bench.Failures, failure => failure.Error.Message.Contains("Chunk 1 of 'model.onnx' from the source 'origin'", StringComparison.Ordinal));
        }

        Assert.InRange(origin.BodyBytes, Length, 2.1 * Length);
    }

    [Fact]
    public async Task F9_OneByteFlippedAlways_SecondSource_SaysWhoLied()
    {
        await using var liar = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Flipped(70_000)));
        await using var honest = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        var file = new OriginFile("model.onnx") { Sha256 = FetchBench.Sha256(Content) };
        await using var bench = new FetchBench().Add("liar", new OriginSource(liar.Address, file)).Add("honest", new OriginSource(honest.Address, file));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.Contains(bench.Failures, failure => failure.Source == "liar" && failure.Error.Message.Contains("Chunk 1 of 'model.onnx'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LastRange_Crawls_IsAskedForASecondTimeAndNobodyWaitsForTheFirst()
    {
        // Above the minimum rate and never silent: only a second request ends it.
        var (asked, crawled) = (0, 0);
        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            if (request.Range?.From != 16 * Chunk || Interlocked.Increment(ref asked) > 1)
            {
                await answer.FileAsync(request, Large);
                return;
            }

            await answer.HeadAsync("206 Partial Content", $"Content-Length: {Large.Length - (16 * Chunk)}", $"Content-Range: bytes {16 * Chunk}-{Large.Length - 1}/{Large.Length}", "ETag: \"v1\"");
            for (var at = 16 * Chunk; at < Large.Length; at += 200)
            {
                await answer.BodyAsync(Large.AsMemory(at, Math.Min(200, Large.Length - at)));
                Interlocked.Add(ref crawled, 200);
                await Task.Delay(100, answer.Gone);
            }
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        await bench.AssertExactAsync(await bench.FetchAsync(), Large);

        Assert.True(crawled < Large.Length - (16 * Chunk), "The slow answer was waited for.");
        Assert.Contains(origin.Requests, request => request.Range is { } range && range.From > 16 * Chunk);
    }

    [Fact]
    public async Task GitBlobName_OfASmallFile_IsVerified()
    {
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, request.Path == "/good.json" ? Content : Flipped(9)));
        var name = ModelPlatform.Integrity.GitBlobHash.Of(Content);
        await using var good = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("good.json") { GitBlobSha1 = name }));
        await good.AssertExactAsync(await good.FetchAsync(), Content);
        await using var bad = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("bad.json") { GitBlobSha1 = name }));
        Assert.Equal(ErrorCode.IntegrityFailed, (await bad.FetchAsync()).Error?.Code);
    }

    [Theory]
    [InlineData("chunked", true)]
    [InlineData("chunked, cut", true)]
    [InlineData("chunked, bad framing", true)]
    [InlineData("no length", true)]
    [InlineData("no length, cut once", true)]
    [InlineData("length too long", false)]
    [InlineData("length too short", false)]
    [InlineData("trailing junk", true)]
    public async Task F11_Length_GivesExactBytesOrAnError(string fault, bool succeeds)
    {
        var gets = 0;
        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            var isFirst = request.Method == "GET" && Interlocked.Increment(ref gets) == 1;
            if (request.Method == "HEAD" || (request.Range is { From: >= Length } && fault != "length too short"))
            {
                await answer.FileAsync(request, Content);
                return;
            }

            var body = Of(request);
            var range = request.Range is { } asked ? $"Content-Range: bytes {asked.From}-{asked.From + body.Length - 1}/{Length}" : "X-None: 1";
            var status = request.Range is null ? "200 OK" : "206 Partial Content";
            switch (fault)
            {
                case "chunked" or "chunked, cut" or "chunked, bad framing":
                    await answer.HeadAsync(status, "Transfer-Encoding: chunked", "ETag: \"v1\"", range);
                    for (var at = 0; at < body.Length; at += 10_000)
                    {
                        var piece = body[at..Math.Min(body.Length, at + 10_000)];
                        await answer.BodyAsync(Encoding.ASCII.GetBytes(fault == "chunked, bad framing" && at > 0 ? "zz\r\n" : piece.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
                        await answer.BodyAsync(piece);
                        await answer.BodyAsync("\r\n"u8.ToArray());
                        if (fault == "chunked, cut" && isFirst && at > 50_000)
                        {
                            await answer.CloseAsync();
                            return;
                        }
                    }

                    await answer.BodyAsync("0\r\n\r\n"u8.ToArray());
                    return;
                case "no length" or "no length, cut once":
                    await answer.HeadAsync(status, "Connection: close", "ETag: \"v1\"", range);
                    await answer.BodyAsync(fault == "no length" || !isFirst ? body : body[..100_000]);
                    await answer.CloseAsync();
                    return;
                case "length too long":
                    await answer.HeadAsync(status, $"Content-Length: {body.Length + 1}", "ETag: \"v1\"");
                    await answer.BodyAsync(body);
                    await answer.CloseAsync();
                    return;
                case "length too short":
                    await answer.HeadAsync("200 OK", $"Content-Length: {body.Length - 1}", "ETag: \"v1\"");
                    await answer.BodyAsync(body);
                    return;
                default:
                    await HeadOfRangeAsync(request, answer);
                    await answer.BodyAsync(body);
                    await answer.BodyAsync("junk"u8.ToArray());
                    await answer.CloseAsync();
                    return;
            }
        });
        var isUnknown = fault.StartsWith("chunked", StringComparison.Ordinal) || fault.StartsWith("no length", StringComparison.Ordinal);
        await using var bench = new FetchBench().Add(
            "origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { IsSizeUnknown = isUnknown, AcceptsRanges = isUnknown ? null : false }));

        var fetched = await bench.FetchAsync();

        if (succeeds)
        {
            await bench.AssertExactAsync(fetched, Content);
        }
        else
        {
            Assert.False(fetched.IsSuccess);
        }
    }

    [Theory]
    [InlineData("range ignored", Length + (4 * Chunk))]
    [InlineData("shifted once", Length + (4 * Chunk))]
    [InlineData("shifted always", Length + (4 * Chunk))]
    public async Task Ranges_AnsweredWrongly_EndInOneConnection(string fault, int mostBytes)
    {
        var shifts = 0;
        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            if (request.Range is not { From: > 0 } range || (fault == "shifted once" && Interlocked.Increment(ref shifts) > 1))
            {
                await answer.FileAsync(request, Content);
            }
            else if (fault == "range ignored")
            {
                await answer.FileAsync(request with { Headers = new Dictionary<string, string>() }, Content);
            }
            else
            {
                var from = (int)range.From + 7;
                var to = (int)Math.Min(range.To ?? Length, Length - 1);
                await answer.HeadAsync("206 Partial Content", $"Content-Range: bytes {from}-{to}/{Length}", $"Content-Length: {to - from + 1}", "ETag: \"v1\"");
                await answer.BodyAsync(Content.AsMemory(from, to - from + 1));
            }
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        // A chunk is in by the time the second answer shows the fault; other connections may have asked as well.
        Assert.InRange(origin.BodyBytes, Length, mostBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MovingETag_SameBytes_AreTakenInOneAnswer(bool pinned)
    {
        var answers = 0;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content, $"\"{Interlocked.Increment(ref answers)}\""));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { Sha256 = pinned ? FetchBench.Sha256(Content) : null }));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.InRange(origin.BodyBytes, Length, 1.1 * Length);
    }

    [Fact]
    public async Task MovingETag_IfRangeIgnored_IsTakenInOneAnswer()
    {
        var answers = 0;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(
            request with { Headers = request.Headers.Where(header => header.Key != "If-Range").ToDictionary() }, Content, $"\"{Interlocked.Increment(ref answers)}\""));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.InRange(origin.BodyBytes, Length, Length + (4 * Chunk));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(1000, true)]
    public async Task NoDigestAndNoETag_BrokenTransfer_IsJoinedAndThenShownToBeOneFile(int breaks, bool isSizeKnown)
    {
        await using var origin = await BareAsync(_ => Content, breaks);
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { IsSizeUnknown = !isSizeKnown }));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        // Sent again: what came before the last break, once.
        Assert.InRange(origin.BodyBytes, Length + 1, 2.1 * Length);
    }

    [Fact]
    public async Task NoDigestAndNoETag_FileChangesAtTheBreak_IsNeverMixed()
    {
        // The two differ at the start only: no overlap at the break would show it.
        var other = Content.ToArray();
        other[9] ^= 1;
        await using var origin = await BareAsync(gets => gets == 1 ? Content : other, 1);
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        await bench.AssertExactAsync(await bench.FetchAsync(), other);
    }

    [Fact]
    public async Task NoDigestNoETagNoRanges_BrokenForEver_SaysWhyNothingWasKept()
    {
        await using var origin = await BareAsync(_ => Content, 1000, takesRanges: false);
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { AcceptsRanges = false }));

        var error = (await bench.FetchAsync()).Error;

        Assert.Contains("nothing shows that what follows a break belongs to what came before it", error!.Message, StringComparison.Ordinal);
        Assert.True(error.IsRetryable);
    }

    /// <summary>An origin that says nothing of a file but its length, and breaks the first so many answers off after five chunks.</summary>
    private static Task<FaultyOrigin> BareAsync(Func<int, byte[]> content, int breaks, bool takesRanges = true)
    {
        var gets = 0;
        return FaultyOrigin.StartAsync(async (request, answer) =>
        {
            var body = content(request.Method == "GET" ? Interlocked.Increment(ref gets) : 1);
            var from = takesRanges && request.Range is { } asked ? (int)asked.From : 0;
            var to = (int)Math.Min(takesRanges ? request.Range?.To ?? Length : Length, Length - 1);
            if (from >= Length)
            {
                await answer.HeadAsync("416 Range Not Satisfiable", "Content-Length: 0");
                return;
            }

            await answer.HeadAsync(
                takesRanges && request.Range is not null ? "206 Partial Content" : "200 OK",
                [$"Content-Length: {to - from + 1}", .. takesRanges && request.Range is not null ? new[] { $"Content-Range: bytes {from}-{to}/{Length}" } : []]);
            if (request.Method == "HEAD")
            {
                return;
            }

            var isBroken = Volatile.Read(ref gets) <= breaks && to - from >= 5 * Chunk;
            await answer.BodyAsync(body.AsMemory(from, isBroken ? 5 * Chunk : to - from + 1));
            if (isBroken)
            {
                await answer.CloseAsync();
            }
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F12_FileMovesDuringTheDownload_VersionsAreNeverMixed(bool pinned)
    {
        var other = FetchBench.Content(Length, seed: 2);
        var gets = 0;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) =>
        {
            var isOld = request.Method == "HEAD" ? Volatile.Read(ref gets) <= 5 : Interlocked.Increment(ref gets) <= 5;
            return answer.FileAsync(request, isOld ? Content : other, isOld ? "\"v1\"" : "\"v2\"");
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx") { Sha256 = pinned ? FetchBench.Sha256(Content) : null }));

        var fetched = await bench.FetchAsync();

        if (pinned)
        {
            Assert.Equal(ErrorCode.IntegrityFailed, fetched.Error!.Code);
        }
        else
        {
            await bench.AssertExactAsync(fetched, other);
        }
    }

    [Fact]
    public async Task F12_FileMovesForEver_IsOneOfItsVersions()
    {
        var gets = 0;
        await using var origin = await FaultyOrigin.StartAsync((request, answer) =>
        {
            var version = request.Method == "GET" ? Interlocked.Increment(ref gets) : Volatile.Read(ref gets);
            return answer.FileAsync(request, FetchBench.Content(Length, version), $"\"{version}\"");
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        var fetched = await bench.FetchAsync();

        Assert.True(fetched.IsSuccess, fetched.Error?.ToString());
        await bench.AssertExactAsync(fetched, Enumerable.Range(1, gets).Select(version => FetchBench.Content(Length, version)).Single(version => FetchBench.Sha256(version) == fetched.Value.Files[0].Sha256.ToString()));
    }

    [Fact]
    public async Task F14_WebPageInPlaceOfAFile_IsAnError()
    {
        var page = Encoding.UTF8.GetBytes("\n<!DOCTYPE html><html><body>Log in</body></html>");
        await using var origin = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, page));
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        Assert.Equal(ErrorCode.IntegrityFailed, (await bench.FetchAsync()).Error!.Code);
    }

    [Fact]
    public async Task F14_CompressedUnasked_IsAnError()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(Content, TestContext.Current.CancellationToken);
        }

        await using var origin = await FaultyOrigin.StartAsync(async (request, answer) =>
        {
            if (request.Method == "HEAD")
            {
                await answer.FileAsync(request, Content);
                return;
            }

            await answer.HeadAsync("200 OK", "Content-Encoding: gzip", $"Content-Length: {packed.Length}");
            await answer.BodyAsync(packed.ToArray());
        });
        await using var bench = new FetchBench().Add("origin", new OriginSource(origin.Address, new OriginFile("model.onnx")));

        Assert.Equal(ErrorCode.IntegrityFailed, (await bench.FetchAsync()).Error!.Code);
    }

    [Fact]
    public async Task Fallback_FirstSourceDiesInTheMiddle_KeepsWhatIsVerified()
    {
        await using var dying = await FaultyOrigin.StartAsync((request, answer) => request.Range is { From: > 8 * Chunk }
            ? answer.HeadAsync("500 Error", "Content-Length: 0")
            : answer.FileAsync(request, Content));
        await using var second = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, Content));
        var file = new OriginFile("model.onnx") { Sha256 = FetchBench.Sha256(Content) };
        await using var bench = new FetchBench().Add("dying", new OriginSource(dying.Address, file)).Add("second", new OriginSource(second.Address, file));

        await bench.AssertExactAsync(await bench.FetchAsync(), Content);

        Assert.InRange(second.BodyBytes, 1, Length - (6 * Chunk));
        Assert.Contains(bench.Failures, failure => failure.Source == "dying");
    }

    [Fact]
    public async Task Fallback_WithoutDigests_NeverMixesTwoSources()
    {
        var other = FetchBench.Content(Length, seed: 2);
        await using var dying = await FaultyOrigin.StartAsync((request, answer) => request.Range is { From: > 8 * Chunk }
            ? answer.HeadAsync("500 Error", "Content-Length: 0")
            : answer.FileAsync(request, Content));
        await using var second = await FaultyOrigin.StartAsync((request, answer) => answer.FileAsync(request, other));
        await using var bench = new FetchBench()
            .Add("dying", new OriginSource(dying.Address, new OriginFile("model.onnx")))
            .Add("second", new OriginSource(second.Address, new OriginFile("model.onnx")));

        await bench.AssertExactAsync(await bench.FetchAsync(), other);
    }

    private static ReadOnlyMemory<byte> Of(OriginRequest request)
    {
        var from = (int)(request.Range?.From ?? 0);
        var to = (int)Math.Min(request.Range?.To ?? Length, Length - 1);
        return Content.AsMemory(from, to - from + 1);
    }

    private static Task HeadOfRangeAsync(OriginRequest request, OriginAnswer answer) => request.Range is { } range
        ? answer.HeadAsync("206 Partial Content", $"Content-Length: {Of(request).Length}", $"Content-Range: bytes {range.From}-{range.From + Of(request).Length - 1}/{Length}", "ETag: \"v1\"")
        : answer.HeadAsync("200 OK", $"Content-Length: {Length}", "ETag: \"v1\"");

    private static bool Covers(OriginRequest request, int position) => (request.Range?.From ?? 0) <= position && (request.Range?.To ?? Length) >= position;

    private static ReadOnlyMemory<byte> Flipped(int position)
    {
        var bytes = Content.ToArray();
        bytes[position] ^= 1;
        return bytes;
    }
}
