"""Paced streams: the server's own lateness, gap errors beside the floor, drift, mean gap."""

import functools
import math
import statistics

from . import clients, servers
from .report import from_ratio, from_rounds
from .stats import Bar

GAP_US = clients.GAP_US
GAPS_PER_SECOND = 1_000_000 // GAP_US
RAMP_GAPS = 25  # starts are dealt over half a second, so that they do not count as load
DRIFT_CHUNKS = 200
LATENESS_STREAMS = 1000


def paced_mock(context):
    return servers.mock_with_events_per_write(context, 1, "--itl", f"{GAP_US}us")


def request_for(context, tokens):
    return context.write(f"paced-{tokens}.http",
                         clients.raw_post(clients.body_of(tokens, stream=True)))


def tokens_for(seconds):
    """Enough for streams that outlast ramp, window and the query after it."""
    return (seconds + 5) * GAPS_PER_SECOND + 2 * RAMP_GAPS


def lateness_of(context, server, forget, read, request):
    """What `read` gives of a window whose beginning `forget` is called at, and the busy share."""
    cpu = []

    def begin():
        forget()
        cpu.append(server.cpu_seconds())

    with clients.held_probe(context, server.port, LATENESS_STREAMS, request, begin, ramp=RAMP_GAPS,
                            seconds=context.seconds, spin=1) as seen:
        late = read()
        busy = (server.cpu_seconds() - cpu[0]) / (seen["took_ns"] / 1e9)
    return late, busy


def lateness(context):
    tail = "1 000 streams at 20 ms"
    tokens = tokens_for(context.seconds)
    request = request_for(context, tokens)
    late = {"mock": [], "timer": [], "clock": []}
    busy, held_up = [], []
    with paced_mock(context) as mock, \
            servers.timerfd_floor(context, GAP_US, tokens, servers.event_bytes(mock)) as timer:
        for _ in range(context.rounds):
            seen, share = lateness_of(context, mock, mock.reset,
                                      lambda: mock.stats()["lateness_ns"], request)
            late["mock"].append(seen)
            busy.append(share)
            late["timer"].append(
                lateness_of(context, timer, timer.lateness, timer.lateness, request)[0])
            bare = clients.spin_floor(context, GAP_US // LATENESS_STREAMS)
            late["clock"].append({"p50": bare["p50_ns"], "p99": bare["p99_ns"]})
            held_up.append(bare["held_up_ns"] / 1e6 / context.seconds)

    def microseconds(who, quantile):
        return [max(1, seen[quantile]) / 1e3 for seen in late[who]]

    def figure(text, who, quantile, bar=None, **details):
        values = microseconds(who, quantile)
        details["rounds_us"] = sorted(round(value, 1) for value in values)
        return from_rounds(text, "us", values, bar, details)

    return [figure(f"lateness p50, {tail}", "mock", "p50", Bar(at_most=25),
                   server_busy_share=round(statistics.median(busy), 2)),
            figure(f"lateness p99, {tail}", "mock", "p99", Bar(at_most=100),
                   sends_a_round=min(seen["count"] for seen in late["mock"])),
            figure("p50 of a bare timerfd server", "timer", "p50"),
            figure("p99 of a bare timerfd server", "timer", "p99"),
            figure("p99 of a loop that only looks at the clock", "clock", "p99",
                   cpu_taken_away_ms_per_s=round(statistics.mean(held_up), 2)),
            from_ratio("lateness p99 over the bare timerfd server's", microseconds("mock", "p99"),
                       microseconds("timer", "p99"))]


def plural(streams):
    return f"{streams} stream" + ("" if streams == 1 else "s")


def gaps(context, streams):
    # A p99 needs ten samples beyond it in every round: a thousand gaps.
    seconds = context.seconds
    if not context.quick:
        seconds = max(seconds, math.ceil(1000 / (streams * GAPS_PER_SECOND)))
    tokens = tokens_for(seconds)
    request = request_for(context, tokens)
    with paced_mock(context) as mock:
        size = servers.event_bytes(mock)
        with servers.timerfd_floor(context, GAP_US, tokens, size) as floor:
            errors = {mock: [], floor: []}
            for server in context.in_rounds(mock, floor):
                seen = clients.probe(context, server.port, streams, request, seconds=seconds,
                                     ramp=RAMP_GAPS if streams > RAMP_GAPS else 1)
                errors[server].append(max(1, seen["error_p99_ns"]))
    details = {"seconds_a_round": seconds, "gaps_last_round": seen["gaps"], "event_bytes": size,
               "p99_gap_error_us": {server.name: statistics.median(values) / 1e3
                                    for server, values in errors.items()}}
    return [from_ratio(f"p99 gap error over the timerfd floor, {plural(streams)}", errors[mock],
                       errors[floor], Bar(at_most=1.5), details)]


def drift(context):
    figures = []
    with paced_mock(context) as mock:
        request = request_for(context, DRIFT_CHUNKS)
        for streams in (1, 50):
            worst, middle = [], []
            for _ in range(context.rounds):
                seen = clients.probe(context, mock.port, streams, request, chunks=DRIFT_CHUNKS)
                worst.append(max(1, seen["drift_max_ns"]) / 1e6)
                middle.append(seen["drift_p50_ns"] / 1e6)
            figures.append(from_rounds(
                f"largest drift over {DRIFT_CHUNKS} chunks, {plural(streams)}", "ms", worst,
                Bar(at_most=1), {"median_ms": statistics.median(middle), "worst_ms": max(worst)}))
    return figures


def full_rate(context):
    streams = 4000
    request = request_for(context, tokens_for(context.seconds))
    means, client_busy, server_busy, p99 = [], [], [], []
    with paced_mock(context) as mock:
        for _ in range(context.rounds):
            cpu = []
            with clients.held_probe(context, mock.port, streams, request,
                                    lambda: cpu.append(mock.cpu_seconds()), ramp=2 * RAMP_GAPS,
                                    seconds=context.seconds, spin=1) as seen:
                server_busy.append((mock.cpu_seconds() - cpu[0]) / (seen["took_ns"] / 1e9))
            means.append(seen["gap_mean_ns"] / (GAP_US * 1e3))
            client_busy.append(seen["cpu_ns"] / seen["took_ns"])
            p99.append(seen["error_p99_ns"] / 1e3)
    return [from_rounds("mean gap over the asked one, 4 000 streams at 20 ms", "ratio", means,
                        Bar(at_least=0.99, at_most=1.01),
                        {"client_busy_share": round(max(client_busy), 2),
                         "server_busy_share": round(max(server_busy), 2),
                         "p99_gap_error_us": statistics.median(p99)})]


EXPERIMENTS = {"paced-lateness": lateness,
               **{f"paced-gaps-{streams}": functools.partial(gaps, streams=streams)
                  for streams in (1, 50, 500)},
               "paced-drift": drift, "paced-rate": full_rate}
