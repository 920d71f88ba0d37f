"""loadgen's own cost and its own errors: CPU beside wrk on the same server, lateness beside the clock."""

import statistics

from . import clients, servers
from .mock_unary import REPLY_BYTES, tokens_for
from .report import from_count, from_ratio, from_rounds
from .stats import Bar

STREAM_TOKENS = 512
LATENESS_CONNECTIONS = 1_024
# Streams at once, gap in ms: what one process must read without losing a chunk.
CROWDS = ((2_000, 20), (10_000, 200))


def closed_loop(tokens):
    return ["-c", clients.CONNECTIONS, "--warmup", "0", "--output-tokens", tokens]


def unary(context):
    """wrk sends the same bytes again and again, and so does loadgen here; beside them a client that
    sends and receives them and does nothing else: what no client with a send and a recv a request
    can do better than."""
    rates = {"loadgen": [], "wrk": [], "floor": []}
    with servers.Mock(context) as mock:
        tokens = tokens_for(mock, REPLY_BYTES)
        body = clients.body_of(tokens)
        script = clients.wrk_script(context, body)
        request = context.write("reply.http", clients.raw_post(body))
        clients.wrk(context, mock.port, script, 1)  # warm up
        for client in context.in_rounds(*rates):
            if client == "loadgen":
                record, used = clients.loadgen(context, mock.port, "--same-prompts",
                                               *closed_loop(tokens))
                requests = record["counters"]["requests_total"]
            elif client == "wrk":
                requests, used = clients.wrk(context, mock.port, script)
            else:
                requests, used = clients.reply_floor(context, mock.port, request)
            rates[client].append(requests / used)
    details = {"requests_per_cpu_second": {client: statistics.median(values)
                                           for client, values in rates.items()}}
    return [from_ratio("requests per CPU-second of the client, over wrk", rates["loadgen"],
                       rates["wrk"], Bar(at_least=1.15), details),
            from_ratio("the same of a client that only sends and receives", rates["floor"],
                       rates["wrk"])]


def stream(context):
    """One event a write, as a model server sends them; then many, so that the server is no limit.
    wrk counts answers, so it is given whole ones: those under way at its end are not counted."""
    figures = []
    events_an_answer = STREAM_TOKENS + 3  # role, finish and usage events beside those with text
    for events, how in ((1, "one event a write"), (64, "64 events a write")):
        costs, rates = {"loadgen": [], "wrk": []}, []
        with servers.mock_with_events_per_write(context, events) as mock:
            script = clients.wrk_script(context, clients.body_of(STREAM_TOKENS, stream=True,
                                                                 usage=True))
            clients.wrk(context, mock.port, script, 1)  # warm up
            for client in context.in_rounds("loadgen", "wrk"):
                if client == "loadgen":
                    record, used = clients.loadgen(context, mock.port, "--stream",
                                                   *closed_loop(STREAM_TOKENS))
                    chunks = record["counters"]["chunks"]
                    rates.append(chunks / used)
                    answers = chunks / STREAM_TOKENS
                else:
                    answers, used = clients.wrk(context, mock.port, script)
                costs[client].append(1e6 * used / (answers * events_an_answer))
        details = {"cpu_us_per_event": {client: round(statistics.median(values), 3)
                                        for client, values in costs.items()}}
        figures.append(from_ratio(f"CPU per streamed event over wrk's, {how}", costs["loadgen"],
                                  costs["wrk"], Bar(at_most=1.3) if events == 1 else None,
                                  details))
        figures.append(from_rounds(f"chunks per CPU-second of the client, {how}", "/CPU-s", rates,
                                   Bar(at_least=400_000) if events > 1 else None))
    return figures


def lateness(context):
    """Open loop at half of what the closed loop reached in the same round, with so many connections
    that a pause of the server's makes no request wait for one."""
    late, floor, held_up, busy = {"p50": [], "p99": []}, [], [], []
    with servers.Mock(context) as mock:
        tokens = tokens_for(mock, REPLY_BYTES)
        clients.loadgen(context, mock.port, *closed_loop(tokens), seconds=1)  # warm up
        for _ in range(context.rounds):
            record, _ = clients.loadgen(context, mock.port, *closed_loop(tokens), seconds=1)
            record, _ = clients.loadgen(
                context, mock.port, "--rate", f"{record['requests_per_s'] / 2:.0f}/s", "--arrival",
                "poisson", "--max-in-flight", LATENESS_CONNECTIONS, "--output-tokens", tokens)
            for quantile, values in late.items():
                values.append(max(1, record["metrics_ns"]["lateness"][quantile]) / 1e3)
            busy.append(record["generator"]["busy_share"])
            bare = clients.spin_floor(context, 20)
            floor.append(max(1, bare["p99_ns"]) / 1e3)
            held_up.append(bare["held_up_ns"] / 1e6 / context.seconds)
    return [from_rounds("lateness p50 at half the ceiling", "us", late["p50"], Bar(at_most=20),
                        {"generator_busy_share": round(statistics.median(busy), 2)}),
            from_rounds("lateness p99 at half the ceiling", "us", late["p99"], Bar(at_most=200),
                        {"us_by_round": sorted(round(value) for value in late["p99"])}),
            from_rounds("p99 of a loop that only looks at the clock", "us", floor, None,
                        {"cpu_taken_away_ms_per_s": round(statistics.mean(held_up), 2)})]


def crowd(context):
    figures = []
    for streams, gap_ms in CROWDS:
        if context.quick:
            streams //= 10
        chunks = max(20, 4_000 // gap_ms)  # of a stream: four seconds, or twenty chunks
        with servers.mock_with_events_per_write(context, 1, "--itl", f"{gap_ms}ms") as mock:
            record, used = clients.loadgen(
                context, mock.port, "--stream", "-c", streams, "--warmup", "0", "-n", streams,
                "--output-tokens", chunks, "--timeout", "60s", seconds=60)
        counters = record["counters"]
        missing = streams * chunks - counters["chunks"] + counters["failed"]
        figures.append(from_count(
            f"chunks missed, {streams} streams at {gap_ms} ms", "count", missing, Bar(at_most=0),
            {"chunks": counters["chunks"], "client_cpu_s": round(used, 2)}))
    return figures


EXPERIMENTS = {"loadgen-unary": unary, "loadgen-stream": stream, "loadgen-lateness": lateness,
               "loadgen-crowd": crowd}
