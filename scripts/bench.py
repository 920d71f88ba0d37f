"""Same-run ratios of mockserver against nginx and of loadgen against wrk. Called by scripts/bench.sh."""

import argparse
import http.client
import json
import math
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONNECTIONS = 64
REPLY_BYTES = 600
# Two-sided 97.5 % quantiles of Student's t by degrees of freedom, for 10 to 31 rounds.
T_975 = {9: 2.262, 10: 2.228, 11: 2.201, 12: 2.179, 13: 2.160, 14: 2.145, 15: 2.131, 16: 2.120,
         17: 2.110, 18: 2.101, 19: 2.093, 20: 2.086, 21: 2.080, 22: 2.074, 23: 2.069, 24: 2.064,
         25: 2.060, 26: 2.056, 27: 2.052, 28: 2.048, 29: 2.045, 30: 2.042}


def body_of(output_tokens):
    return json.dumps({"model": "mock-model",
                       "messages": [{"role": "user", "content": "river stone light " * 8}],
                       "max_tokens": output_tokens, "stream": False})


def ask(port, output_tokens):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("POST", "/v1/chat/completions", body_of(output_tokens),
                       {"Content-Type": "application/json"})
    return connection.getresponse().read().decode()


def tokens_for(port, size):
    """max_tokens whose reply comes closest to `size` bytes."""
    return min(range(1, 200), key=lambda n: abs(len(ask(port, n)) - size))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)  # another program: no event to await
    sys.exit(f"nothing listens on port {port}")


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pids):
    """CPU clocks of whole processes: nanoseconds, not 10 ms ticks."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


class Server:
    def __init__(self, name, command, cpu, port):
        self.name, self.port = name, port
        self.process = subprocess.Popen(["taskset", "-c", str(cpu), *command],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(port)

    def pids(self):
        return [self.process.pid, *children(self.process.pid)]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def nginx_config(folder, port, reply):
    config = folder / "nginx.conf"
    config.write_text(
        f"worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;\n"
        f"  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"  server {{ listen 127.0.0.1:{port}; keepalive_requests 1000000000;\n"
        "    default_type application/json;\n"
        f"    location / {{ return 200 '{reply}'; }} }} }}\n")
    return config


def run_client(command, cpu):
    """Requests and CPU seconds of one client run."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(["taskset", "-c", str(cpu), *command], stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{text}")
    return text, usage.ru_utime + usage.ru_stime


def wrk(port, seconds, cpu, script):
    text, cpu_used = run_client(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script),
                                 f"http://127.0.0.1:{port}/v1/chat/completions"], cpu)
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(f"wrk saw errors:\n{text}")
    return int(re.search(r"(\d+) requests in", text).group(1)), cpu_used


def loadgen(binary, port, seconds, cpu, output_tokens):
    text, cpu_used = run_client([binary, f"http://127.0.0.1:{port}", "-c", str(CONNECTIONS), "-d",
                                 f"{seconds}s", "--warmup", "0", "--output-tokens",
                                 str(output_tokens), "--prompt-tokens", "24", "--json", "-q"], cpu)
    record = json.loads(text)
    return record["counters"]["requests_total"], cpu_used


def ratio_text(ours, theirs):
    logs = [math.log(a / b) for a, b in zip(ours, theirs)]
    mean = statistics.mean(logs)
    half = T_975[len(logs) - 1] * statistics.stdev(logs) / math.sqrt(len(logs))
    return f"{math.exp(mean):.3f} [{math.exp(mean - half):.3f}, {math.exp(mean + half):.3f}]"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--rounds", type=int, default=12, choices=range(10, 32), metavar="10..31")
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        sys.exit("two CPUs are needed: client and server must not share one")
    client_cpu, server_cpu = cpus[0], cpus[1]
    os.environ["PATH"] += ":/usr/sbin"
    for program in ("wrk", "nginx", "taskset"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed: scripts/install-deps.sh bench nginx")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # nginx's worker is another user
        mock_port, nginx_port = free_port(), free_port()
        mock = Server("mockserver", [f"{options.bin}/mockserver", "--listen",
                                     f"127.0.0.1:{mock_port}", "--threads", "1", "-q"],
                      server_cpu, mock_port)
        servers = [mock]
        try:
            tokens = tokens_for(mock_port, REPLY_BYTES)
            reply = ask(mock_port, tokens)
            nginx = Server("nginx", ["nginx", "-c", str(nginx_config(folder, nginx_port, reply)),
                                     "-e", f"{folder}/error.log"], server_cpu, nginx_port)
            servers.append(nginx)
            script = folder / "post.lua"
            script.write_text('wrk.method = "POST"\n'
                              'wrk.headers["Content-Type"] = "application/json"\n'
                              f"wrk.body = [[{body_of(tokens)}]]\n")
            print(f"reply body {len(reply)} bytes, request body {len(body_of(tokens))} bytes, "
                  f"{options.rounds} rounds of {options.seconds} s, server on CPU {server_cpu}, "
                  f"client on CPU {client_cpu}", flush=True)
            measure(options, mock, nginx, script, tokens, client_cpu)
        finally:
            for server in servers:
                server.stop()


def measure(options, mock, nginx, script, tokens, client_cpu):
    per_cpu = {"mockserver": [], "nginx": [], "loadgen": [], "wrk": []}
    for server in (mock, nginx):
        wrk(server.port, 1, client_cpu, script)  # warm up
    for index in range(options.rounds):
        order = (mock, nginx) if index % 2 == 0 else (nginx, mock)
        for server in order:
            pids = server.pids()
            before = cpu_seconds(pids)
            requests, client_cpu_used = wrk(server.port, options.seconds, client_cpu, script)
            per_cpu[server.name].append(requests / (cpu_seconds(pids) - before))
            if server is mock:
                per_cpu["wrk"].append(requests / client_cpu_used)
        requests, used = loadgen(f"{options.bin}/loadgen", mock.port, options.seconds, client_cpu,
                                 tokens)
        per_cpu["loadgen"].append(requests / used)
    for name, values in per_cpu.items():
        print(f"{name:<11} {statistics.median(values):>10.0f} requests per CPU-second (median)")
    print(f"mockserver / nginx  {ratio_text(per_cpu['mockserver'], per_cpu['nginx'])}")
    print(f"loadgen / wrk       {ratio_text(per_cpu['loadgen'], per_cpu['wrk'])}")


if __name__ == "__main__":
    main()
