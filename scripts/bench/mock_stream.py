"""Streams without delays: events per CPU-second; answers of joined events beside nginx's file."""

import http.client
import statistics

from . import clients, servers
from .report import from_ratio, from_rounds
from .stats import Bar

LONG_STREAM_TOKENS = 2000
# Tokens, events a write, bar: whole answers in one write each, as nginx's file is; then less.
JOINED = ((64, 64, Bar(at_least=0.5)), (512, 512, Bar(at_least=0.5)), (64, 16, None))


def unpaced(context):
    """Beside a program that only sends: what that cannot reach here, no server can."""
    request = context.write("stream.http", clients.raw_post(
        clients.body_of(LONG_STREAM_TOKENS, stream=True)))
    with servers.mock_with_events_per_write(context, 1) as mock, \
            servers.send_floor(context, LONG_STREAM_TOKENS, servers.event_bytes(mock)) as floor:
        rates, busy = {mock: [], floor: []}, []
        for server in (mock, floor):
            clients.drain(context, server.port, request, 1)  # warm up
        for server in context.in_rounds(mock, floor):
            before = server.cpu_seconds()
            counted = clients.drain(context, server.port, request)
            rates[server].append(counted["events"] / (server.cpu_seconds() - before))
            busy.append(counted["busy"])
        details = {"client_busy_share": round(statistics.median(busy), 2)}
        return [from_rounds("events per CPU-second, one event a write", "/CPU-s", rates[mock],
                            Bar(at_least=350_000), details),
                from_rounds("the same of a bare loop of sends", "/CPU-s", rates[floor], None, {}),
                from_ratio("mockserver over the bare loop", rates[mock], rates[floor], None, {})]


def joined(context):
    figures = []
    for tokens, events, bar in JOINED:
        with servers.mock_with_events_per_write(context, events) as mock:
            how = f"{events} events a write"
            figures.append(joined_figure(context, mock, tokens, how, bar))
    return figures


def joined_figure(context, mock, tokens, how, bar):
    body = clients.body_of(tokens, stream=True)
    text = mock.ask(body)
    root = context.folder / "static"
    root.mkdir(exist_ok=True)
    (root / "answer.sse").write_text(text)
    # The fastest nginx has for a file: from the page cache by sendfile, its descriptor kept open.
    location = (f"root {root}; default_type text/event-stream; sendfile on; tcp_nopush on; "
                "open_file_cache max=16;")
    with servers.nginx(context, location) as nginx:
        requests = {
            mock: context.write("post.http", clients.raw_post(body)),
            nginx: context.write("get.http", "GET /answer.sse HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        }
        if fetch(nginx.port, "/answer.sse") != text:
            raise RuntimeError("nginx does not serve the same text")
        rates, busy = {mock: [], nginx: []}, []
        for server, request in requests.items():
            clients.drain(context, server.port, request, 1, rest_us=0)  # warm up
        for server in context.in_rounds(mock, nginx):
            before = server.cpu_seconds()
            counted = clients.drain(context, server.port, requests[server], rest_us=0)
            rates[server].append(counted["requests"] / (server.cpu_seconds() - before))
            busy.append(counted["busy"])
        details = {"text_bytes": len(text), "client_busy_share": round(max(busy), 2),
                   "answers_per_cpu_second": {server.name: statistics.median(values)
                                              for server, values in rates.items()}}
        return from_ratio(f"{tokens}-token streams, {how}, over nginx's file", rates[mock],
                          rates[nginx], bar, details)


def fetch(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


EXPERIMENTS = {"stream-unpaced": unpaced, "stream-joined": joined}
