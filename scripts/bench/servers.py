"""The servers under test, each a context manager: started, pinned, ready; stopped at the end."""

import functools
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

from . import machine
from .report import CannotRun

CHAT = "/v1/chat/completions"
LONGEST_ANSWER = 100_000


class Server:
    """A process that prints where it listens, or, given a port, is ready when that answers."""

    def __init__(self, name, command, cpu, port=None):
        self.name = name
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.DEVNULL if port else subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, preexec_fn=machine.pinned_to(cpu))
        try:
            self.port = port or self._printed_port()
            if port:
                self._wait_for_port()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _printed_port(self):
        line = self.process.stdout.readline()  # ends empty if the server does
        found = re.search(r":(\d+)\s*$", line)
        if not found:
            raise CannotRun(f"{self.name} did not start; it printed {line!r}")
        return int(found.group(1))

    def _wait_for_port(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.01)  # another program: no event to await
        raise CannotRun(f"{self.name} does not listen on port {self.port}")

    @property
    def pid(self):
        return self.process.pid

    def cpu_seconds(self):
        """Of the process and its children (nginx's worker)."""
        return machine.cpu_seconds([self.pid, *machine.children(self.pid)])

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


class Mock(Server):
    """One-thread mockserver on a free port, whose answers are as long as max_tokens asks for."""

    def __init__(self, context, *flags):
        super().__init__("mockserver", [context.bin / "mockserver", "--listen", "127.0.0.1:0",
                                        "--threads", "1", "--output-tokens", LONGEST_ANSWER, "-q",
                                        *flags], context.server_cpu)

    def ask(self, body):
        status, text = self.call("POST", CHAT, body)
        if status != 200:
            raise CannotRun(f"mockserver answered {status}: {text}")
        return text

    def stats(self):
        return json.loads(self.call("GET", "/__admin/stats")[1])

    def reset(self):
        self.call("POST", "/__admin/reset")

    def change(self, **keys):
        """Changes the scenario; False where this build does not know the key."""
        return self.call("PUT", "/__admin/scenario", json.dumps(keys))[0] == 200


@functools.cache
def _help_of(binary):
    return subprocess.run([binary, "--help"], capture_output=True, text=True, check=True).stdout


def mock_with_events_per_write(context, events, *flags):
    """A mockserver that joins so many events, by its flag or its scenario key."""
    if "--events-per-write" in _help_of(context.bin / "mockserver"):
        return Mock(context, "--events-per-write", events, *flags)
    server = Mock(context, *flags)
    # A build without the knob sends one event a write.
    if server.change(events_per_write=events) or events == 1:
        return server
    server.stop()
    raise CannotRun("this mockserver has no way to join events")


def nginx(context, location):
    """One-worker nginx; `location` is what stands in its only location block."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise CannotRun("nginx is not installed: scripts/install-deps.sh nginx")
    folder, port = context.folder, machine.free_port()
    config = context.write(f"nginx-{port}.conf", f"""
worker_processes 1; daemon off; pid {folder}/nginx-{port}.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port}; keepalive_requests 1000000000;
    location / {{ {location} }}
  }}
}}
""")
    return Server("nginx", [program, "-c", config, "-e", folder / "error.log"], context.server_cpu,
                  port)


def event_bytes(mock):
    """Of one content event as mockserver writes it, to have a floor write as many."""
    body = json.dumps({"model": "mock-model", "messages": [{"role": "user", "content": "hello"}],
                       "max_tokens": 3, "stream": True})
    contents = [event for event in mock.ask(body).split("\n\n")
                if re.search(r'"content":"[^"]', event)]
    return len(contents[1]) + 2


def send_floor(context, events, event_bytes):
    return Server("send_floor", [context.tools / "send_floor", "--events", events, "--event-bytes",
                                 event_bytes], context.server_cpu)


class TimerfdFloor(Server):
    def lateness(self):
        """Of the events since it was asked before, ns."""
        return json.loads(self.call("GET", "/")[1])


def timerfd_floor(context, gap_us, events, event_bytes):
    return TimerfdFloor("timerfd_floor",
                        [context.tools / "timerfd_floor", "--gap-us", gap_us, "--events", events,
                         "--event-bytes", event_bytes], context.server_cpu)
