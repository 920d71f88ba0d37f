"""Unary: requests per CPU-second of the server, beside nginx `return 200` with the same reply."""

import functools
import statistics

from . import clients, servers
from .report import from_ratio
from .stats import Bar

REPLY_BYTES = 600


def tokens_for(mock, size):
    """max_tokens whose reply comes closest to `size` bytes."""
    return min(range(1, 200), key=lambda n: abs(len(mock.ask(clients.body_of(n))) - size))


def unary(context, request_bytes, bar):
    with servers.Mock(context) as mock:
        tokens = tokens_for(mock, REPLY_BYTES)
        body = clients.body_of(tokens, size=request_bytes)
        reply = mock.ask(body)
        script = clients.wrk_script(context, body)
        location = f"default_type application/json; return 200 '{reply}';"
        with servers.nginx(context, location) as nginx:
            rates = {mock: [], nginx: []}
            for server in rates:
                clients.wrk(context, server.port, script, 1)  # warm up
            for server in context.in_rounds(mock, nginx):
                before = server.cpu_seconds()
                requests, _ = clients.wrk(context, server.port, script)
                rates[server].append(requests / (server.cpu_seconds() - before))
            details = {"request_bytes": len(body), "reply_bytes": len(reply),
                       "requests_per_cpu_second": {server.name: statistics.median(values)
                                                   for server, values in rates.items()}}
            return [from_ratio(f"requests per CPU-second, {len(body)}-byte request, over nginx",
                               rates[mock], rates[nginx], Bar(at_least=bar), details)]


EXPERIMENTS = {
    "unary": functools.partial(unary, request_bytes=0, bar=1.0),
    "unary-3.4k": functools.partial(unary, request_bytes=3400, bar=0.8),
}
