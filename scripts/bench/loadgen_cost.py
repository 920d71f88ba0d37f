"""loadgen's own cost: requests per CPU-second of the client, beside wrk on the same server."""

import statistics

from . import clients, servers
from .mock_unary import REPLY_BYTES, tokens_for
from .report import from_ratio


def cost(context):
    rates = {"loadgen": [], "wrk": []}
    with servers.Mock(context) as mock:
        tokens = tokens_for(mock, REPLY_BYTES)
        script = clients.wrk_script(context, clients.body_of(tokens))
        clients.wrk(context, mock.port, script, 1)  # warm up
        for client in context.in_rounds("loadgen", "wrk"):
            if client == "loadgen":
                requests, used = clients.loadgen(context, mock.port, tokens)
            else:
                requests, used = clients.wrk(context, mock.port, script)
            rates[client].append(requests / used)
    details = {"requests_per_cpu_second": {client: statistics.median(values)
                                           for client, values in rates.items()}}
    return [from_ratio("requests per CPU-second of the client, over wrk", rates["loadgen"],
                       rates["wrk"], None, details)]


EXPERIMENTS = {"loadgen": cost}
