"""Paced streams: the server's own lateness, gap errors beside the floor, drift, mean gap."""

import math
import statistics

from . import clients, servers
from .report import from_ratio, from_rounds
from .stats import Bar

GAP_US = clients.GAP_US
GAPS_PER_SECOND = 1_000_000 // GAP_US
RAMP_GAPS = 25  # starts are dealt over half a second, so that they do not count as load
DRIFT_CHUNKS = 200


def paced_mock(context):
    return servers.mock_with_events_per_write(context, 1, "--itl", f"{GAP_US}us")


def request_for(context, tokens):
    return context.write(f"paced-{tokens}.http",
                         clients.raw_post(clients.body_of(tokens, stream=True)))


def tokens_for(seconds):
    """Enough for streams that outlast ramp, window and the query after it."""
    return (seconds + 5) * GAPS_PER_SECOND + 2 * RAMP_GAPS


def lateness(context):
    streams, tail = 1000, "1 000 streams at 20 ms"
    request = request_for(context, tokens_for(context.seconds))
    p50, p99, busy, counts, floor, held_up = [], [], [], [], [], []
    with paced_mock(context) as mock:
        for _ in range(context.rounds):
            cpu = []

            def begin():
                mock.reset()
                cpu.append(mock.cpu_seconds())

            with clients.held_probe(context, mock.port, streams, request, begin, ramp=RAMP_GAPS,
                                    seconds=context.seconds, spin=1) as seen:
                late = mock.stats()["lateness_ns"]
                busy.append((mock.cpu_seconds() - cpu[0]) / (seen["took_ns"] / 1e9))
            p50.append(late["p50"] / 1e3)
            p99.append(late["p99"] / 1e3)
            counts.append(late["count"])
            bare = clients.spin_floor(context, GAP_US // streams)
            floor.append(max(1, bare["p99_ns"]) / 1e3)
            held_up.append(bare["held_up_ns"] / 1e6 / context.seconds)
    details = {"server_busy_share": round(statistics.median(busy), 2), "sends_a_round": min(counts),
               "rounds_p99_us": sorted(round(value, 1) for value in p99)}
    bare_details = {"rounds_p99_us": sorted(round(value, 1) for value in floor),
                    "cpu_taken_away_ms_per_s": round(statistics.mean(held_up), 2)}
    return [from_rounds(f"lateness p50, {tail}", "us", p50, Bar(at_most=25), details),
            from_rounds(f"lateness p99, {tail}", "us", p99, Bar(at_most=100), details),
            from_rounds("the same of a loop that only looks at the clock", "us", floor, None,
                        bare_details)]


def plural(streams):
    return f"{streams} stream" + ("" if streams == 1 else "s")


def gaps(context):
    figures = []
    with paced_mock(context) as mock:
        size = servers.event_bytes(mock)
        for streams in (1, 50, 500):
            # A p99 needs ten samples beyond it in every round: a thousand gaps.
            seconds = context.seconds
            if not context.quick:
                seconds = max(seconds, math.ceil(1000 / (streams * GAPS_PER_SECOND)))
            tokens = tokens_for(seconds)
            request = request_for(context, tokens)
            with servers.timerfd_floor(context, GAP_US, tokens, size) as floor:
                errors = {mock: [], floor: []}
                for server in context.in_rounds(mock, floor):
                    seen = clients.probe(context, server.port, streams, request, seconds=seconds,
                                         ramp=RAMP_GAPS if streams > RAMP_GAPS else 1)
                    errors[server].append(max(1, seen["error_p99_ns"]))
                details = {"seconds_a_round": seconds, "gaps_last_round": seen["gaps"],
                           "event_bytes": size,
                           "p99_gap_error_us": {server.name: statistics.median(values) / 1e3
                                                for server, values in errors.items()}}
                figures.append(from_ratio(
                    f"p99 gap error over the timerfd floor, {plural(streams)}", errors[mock],
                    errors[floor], Bar(at_most=1.5), details))
    return figures


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


EXPERIMENTS = {"paced-lateness": lateness, "paced-gaps": gaps, "paced-drift": drift,
               "paced-rate": full_rate}
