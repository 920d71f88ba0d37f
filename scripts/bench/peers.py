"""loadgen beside load generators in Python: CPU of the client per request and per streamed event.

A program's start costs seconds of CPU there, so each is run twice, and only the difference counts."""

import json
import os
import statistics
from pathlib import Path

from . import clients, servers
from .report import CannotRun, from_ratio
from .stats import Bar

USERS = 16
STREAM_TOKENS = 64
EVENTS_AN_ANSWER = STREAM_TOKENS + 3  # role, finish and usage events beside those with text
LOCUST = Path("build/consumers/locust/bin/locust")
GUIDELLM = Path("build/consumers/guidellm/bin/guidellm")
ENOUGH_PROMPTS = 50_000


def locust(context, port, stream, seconds, fast=False):
    """Requests answered, and the client's CPU seconds. `fast`: its FastHttpUser."""
    if not LOCUST.exists():
        raise CannotRun("Locust is not there: scripts/consumers.sh locust installs it")
    os.environ["HOPCOST_PEER_FAST"] = "1" if fast else "0"
    os.environ["HOPCOST_PEER_BODY"] = clients.body_of(STREAM_TOKENS, stream=stream, usage=stream)
    text, used = clients.run(
        [LOCUST, "-f", Path(__file__).with_name("locustfile.py"), "--headless", "--json",
         "--skip-log", "-u", USERS, "-r", USERS, "-t", f"{seconds}s", "--stop-timeout", 5, "-H",
         f"http://127.0.0.1:{port}"], context.client_cpu, seconds + 60)
    totals = json.loads(text[text.index("["):])
    if any(entry["num_failures"] for entry in totals):
        raise RuntimeError(f"Locust saw failures:\n{text}")
    return sum(entry["num_requests"] for entry in totals), used


def guidellm(context, port, stream, seconds):
    """As `locust`. Its prompts are read from a file, so that it needs no tokenizer."""
    if not GUIDELLM.exists():
        raise CannotRun("GuideLLM is not there: scripts/consumers.sh guidellm installs it")
    prompts = context.folder / "prompts.jsonl"
    if not prompts.exists():
        prompts.write_text("".join(
            json.dumps({"prompt": f"{i} river stone light", "output_tokens_count": STREAM_TOKENS})
            + "\n" for i in range(ENOUGH_PROMPTS)))
    report = context.folder / "guidellm.json"
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(context.folder / "huggingface")}
    _, used = clients.run(
        [GUIDELLM, "run", "--backend", f"kind=openai_http,target=http://127.0.0.1:{port},"
         f"model=mock-model,stream={str(stream).lower()}", "--profile",
         f"kind=concurrent,streams={USERS}", "--constraint", f"kind=max_duration,seconds={seconds}",
         "--data", f"kind=json_file,path={prompts}", "--disable-console", "--output",
         f"kind=json,path={report}"], context.client_cpu, seconds + 120)
    made = json.loads(report.read_text())["benchmarks"][0]["scheduler_metrics"]["requests_made"]
    if made["errored"] or made["successful"] == 0:
        raise RuntimeError(f"GuideLLM saw failures: {made}")
    return made["successful"], used


def bare(context, port, stream, seconds):
    """A loop that only waits for bytes and counts events: what being woken for each costs here."""
    request = context.write("stream.http", clients.raw_post(
        clients.body_of(STREAM_TOKENS, stream=stream, usage=stream)))
    counted = clients.drain(context, port, request, seconds, rest_us=0, connections=USERS)
    return counted["requests"], counted["used"]


def loadgen(context, port, stream, seconds):
    record, used = clients.loadgen(context, port, "-c", USERS, "--warmup", "0", "--output-tokens",
                                   STREAM_TOKENS, "--stream" if stream else "--no-stream",
                                   seconds=seconds)
    return record["counters"]["requests_total"], used


def per_request(context, client, port, stream):
    """CPU seconds of a request, without what the program's start and end cost."""
    short, few = client(context, port, stream, context.seconds)
    long, many = client(context, port, stream, 3 * context.seconds)
    return (many - few) / (long - short)


def fast_locust(context, port, stream, seconds):
    return locust(context, port, stream, seconds, fast=True)


def beside(context, mock, stream, of_what, events, peers):
    """`peers`: name, run, bar."""
    costs = {"loadgen": []} | {name: [] for name, _, _ in peers}
    runs = {"loadgen": loadgen} | {name: run for name, run, _ in peers}
    for client in context.in_rounds(*runs):
        costs[client].append(1e6 * per_request(context, runs[client], mock.port, stream) / events)
    details = {"cpu_us": {client: round(statistics.median(values), 2)
                          for client, values in costs.items()}}
    return [from_ratio(f"{name}'s CPU per {of_what}, over loadgen's", costs[name], costs["loadgen"],
                       bar, details) for name, _, bar in peers]


def unary(context):
    with servers.Mock(context) as mock:
        return beside(context, mock, False, "request", 1,
                      [("Locust", locust, Bar(at_least=20)), ("Locust's FastHttpUser", fast_locust,
                                                              None)])


def stream(context):
    """Events 2 ms apart, so that each is read by itself, as model servers send them."""
    with servers.Mock(context, "--itl", "2ms") as mock:
        return beside(context, mock, True, "streamed event", EVENTS_AN_ANSWER,
                      [("Locust", locust, Bar(at_least=20)), ("a bare reader", bare, None)])


def guidellm_unary(context):
    with servers.Mock(context) as mock:
        return beside(context, mock, False, "request", 1, [("GuideLLM", guidellm, Bar(at_least=20))])


def guidellm_stream(context):
    with servers.Mock(context, "--itl", "2ms") as mock:
        return beside(context, mock, True, "streamed event", EVENTS_AN_ANSWER,
                      [("GuideLLM", guidellm, Bar(at_least=20))])


EXPERIMENTS = {"peers-locust-unary": unary, "peers-locust-stream": stream,
               "peers-guidellm-unary": guidellm_unary, "peers-guidellm-stream": guidellm_stream}
