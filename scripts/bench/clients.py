"""The clients: each runs to its end on the client's CPU and gives back what it counted."""

import contextlib
import json
import re
import resource
import shutil
import subprocess

from . import machine
from .report import CannotRun
from .servers import CHAT

CONNECTIONS = 64
GAP_US = 20_000


def body_of(output_tokens, stream=False, size=0, usage=False):
    """A chat request; with `size` its prompt is as long as makes the body about that many bytes, with
    `usage` its stream ends with the usage."""
    words = "river stone light "
    request = {"model": "mock-model", "messages": [{"role": "user", "content": words * 8}],
               "max_tokens": output_tokens, "stream": stream}
    if usage:
        request["stream_options"] = {"include_usage": True}
    if size:
        missing = size - len(json.dumps(request))
        request["messages"][0]["content"] += (words * (missing // len(words) + 1))[:max(0, missing)]
    return json.dumps(request)


def raw_post(body):
    return (f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}")


def run(command, cpu, timeout):
    """Standard output and CPU seconds of one client run."""
    if shutil.which(str(command[0])) is None:
        raise CannotRun(f"{command[0]} is not there")
    before = _children_cpu()
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          preexec_fn=machine.pinned_to(cpu)) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{out}{err}")
    return out, _children_cpu() - before


def _children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def wrk_script(context, body, name="post.lua"):
    return context.write(name, 'wrk.method = "POST"\n'
                               'wrk.headers["Content-Type"] = "application/json"\n'
                               f"wrk.body = [[{body}]]\n")


def wrk(context, port, script, seconds=None):
    """Requests answered, and the client's CPU seconds."""
    seconds = seconds or context.seconds
    text, used = run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script,
                      f"http://127.0.0.1:{port}{CHAT}"], context.client_cpu, seconds + 60)
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk saw errors:\n{text}")
    return int(re.search(r"(\d+) requests in", text).group(1)), used


def loadgen(context, port, *flags, seconds=None):
    """Its run.json, and the client's CPU seconds. One thread; options after the window's are yours."""
    seconds = seconds or context.seconds
    text, used = run([context.bin / "loadgen", f"http://127.0.0.1:{port}", "--duration",
                      f"{seconds}s", "--prompt-tokens", "24", "--json", "-q", *flags],
                     context.client_cpu, seconds + 120)
    return json.loads(text), used


def drain(context, port, request, seconds=None, rest_us=500, connections=CONNECTIONS):
    """stream_drain's counts of one request (a file), its CPU seconds and the share it was busy."""
    seconds = seconds or context.seconds
    text, used = run([context.tools / "stream_drain", "--port", port, "--connections", connections,
                      "--seconds", seconds, "--request", request, "--rest-us", rest_us],
                     context.client_cpu, seconds + 120)
    counted = json.loads(text)
    counted["used"] = used
    counted["busy"] = used / (counted["took_ns"] / 1e9)
    return counted


def probe(context, port, streams, request, **options):
    """gap_probe's result; options are its own (seconds, chunks, ramp, spin)."""
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    text, _ = run([context.tools / "gap_probe", "--port", port, "--streams", streams, "--gap-us",
                   GAP_US, "--request", request, *flags], context.client_cpu, 180)
    return json.loads(text.splitlines()[-1])


def spin_floor(context, every_us):
    """How late the server's CPU is when nothing but the clock is looked at, while the client's CPU is
    as busy as a client keeps it."""
    command = [context.tools / "spin_floor", "--seconds", context.seconds, "--every-us", every_us]
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL,
                          preexec_fn=machine.pinned_to(context.client_cpu)) as neighbour:
        try:
            out, _ = run(command, context.server_cpu, context.seconds + 30)
        finally:
            neighbour.kill()
    return json.loads(out)


@contextlib.contextmanager
def held_probe(context, port, streams, request, on_measuring, **options):
    """Calls on_measuring when the window begins; inside the block the window is over and its
    streams are still open. Gives gap_probe's result."""
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    command = [context.tools / "gap_probe", "--port", port, "--streams", streams, "--gap-us",
               GAP_US, "--request", request, "--hold", 1, *flags]
    with subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          preexec_fn=machine.pinned_to(context.client_cpu)) as process:
        def next_line():
            line = process.stdout.readline()  # ends empty if the probe does
            if not line:
                raise RuntimeError(process.stderr.read() or "gap_probe ended without a word")
            return line

        try:
            if next_line() != "measuring\n":
                raise RuntimeError("gap_probe did not get to its window")
            on_measuring()
            yield json.loads(next_line())
        except BaseException:
            process.kill()
            raise


def reply_floor(context, port, request, seconds=None):
    """Requests answered to the client that does nothing but send and recv, and its CPU seconds."""
    seconds = seconds or context.seconds
    text, used = run([context.tools / "reply_floor", "--port", port, "--connections", CONNECTIONS,
                      "--seconds", seconds, "--request", request], context.client_cpu, seconds + 120)
    return json.loads(text)["requests"], used
