"""Memory: many idle connections, a long soak, many broken streams; descriptors come back."""

import contextlib
import select
import socket
import struct
import time

from . import clients, machine, servers
from .mock_unary import tokens_for
from .report import CannotRun, from_count
from .stats import Bar

IDLE_CONNECTIONS = 10_000
SOAK_REQUESTS = 1_000_000
BROKEN_STREAMS = 10_000
WAVE = 100
# What an allocator may still keep once it is warm; a leak of 2 bytes a request would show.
FLAT_BYTES = 2_000_000
RESET = struct.pack("ii", 1, 0)  # linger for no time: close() sends RST


def idle(context):
    connections = IDLE_CONNECTIONS // (10 if context.quick else 1)
    if machine.allow_open_files(connections + 1000) < connections + 100:
        raise CannotRun(f"the limit of open files is below {connections}")
    request = clients.raw_post(clients.body_of(16)).encode()
    with servers.Mock(context) as mock, contextlib.ExitStack() as held:
        empty = machine.rss_bytes(mock.pid)
        for index in range(connections):
            # Several source addresses, because one has only so many ports.
            source = f"127.0.0.{2 + index // 5000}"
            connection = held.enter_context(socket.create_connection(
                ("127.0.0.1", mock.port), 10, source_address=(source, 0)))
            exchange(connection, request)
        open_now = mock.stats()["connections"]["open"]
        if open_now < connections:
            raise RuntimeError(f"only {open_now} of {connections} connections are open")
        used = machine.rss_bytes(mock.pid)
    return [from_count(f"memory with {connections} idle connections, each used once", "MB", used,
                       Bar(at_most=200e6), {"empty_bytes": empty,
                                            "bytes_a_connection": (used - empty) // connections})]


def exchange(connection, request):
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer or not answer.rstrip().endswith(b"}"):
        part = connection.recv(65536)
        if not part:
            raise RuntimeError("mockserver closed a connection")
        answer += part


def soak(context):
    wanted = SOAK_REQUESTS // (20 if context.quick else 1)
    with servers.Mock(context) as mock:
        script = clients.wrk_script(context, clients.body_of(tokens_for(mock, 600)))
        clients.wrk(context, mock.port, script, 2)  # the allocator's steady state
        wait_for_idle(mock)
        before, files = machine.rss_bytes(mock.pid), machine.open_files(mock.pid)
        requests = 0
        while requests < wanted:
            requests += clients.wrk(context, mock.port, script, 2)[0]
        wait_for_idle(mock)
        grown = machine.rss_bytes(mock.pid) - before
        left = machine.open_files(mock.pid) - files
    details = {"requests": requests, "before_bytes": before}
    return [from_count(f"memory grown over {requests} requests", "MB", grown,
                       Bar(at_most=FLAT_BYTES), details),
            from_count("descriptors left open after them", "count", left, Bar(at_most=0))]


def broken(context):
    """Half of the streams are paced, half as fast as they go; their client resets all midway."""
    half = BROKEN_STREAMS // (20 if context.quick else 2)
    request = clients.raw_post(clients.body_of(servers.LONGEST_ANSWER, stream=True)).encode()
    with servers.Mock(context, "--itl", "1ms") as mock:
        break_streams(mock, request, 10 * WAVE)  # the allocator's steady state
        if not mock.change(itl="0s"):
            raise CannotRun("the delay of this mockserver cannot be changed")
        break_streams(mock, request, 10 * WAVE)
        before, files = machine.rss_bytes(mock.pid), machine.open_files(mock.pid)
        disconnects = mock.stats()["disconnects"]
        break_streams(mock, request, half)
        mock.change(itl="1ms")
        break_streams(mock, request, half)
        grown = machine.rss_bytes(mock.pid) - before
        left = machine.open_files(mock.pid) - files
        counted = mock.stats()["disconnects"] - disconnects
    return [from_count(f"memory grown over {2 * half} broken streams", "MB", grown,
                       Bar(at_most=FLAT_BYTES), {"before_bytes": before}),
            from_count("descriptors left open after them", "count", left, Bar(at_most=0)),
            from_count("broken streams that the server did not count as disconnects", "count",
                       2 * half - counted, Bar(at_least=0, at_most=0))]


def break_streams(mock, request, count):
    for _ in range(0, count, WAVE):
        wave = [socket.create_connection(("127.0.0.1", mock.port), 10) for _ in range(WAVE)]
        for connection in wave:
            connection.sendall(request)
        for connection in wave:
            select.select([connection], [], [], 10)
            if not connection.recv(256).startswith(b"HTTP/1.1 200 "):
                raise RuntimeError("a stream did not begin")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.close()
    wait_for_idle(mock)


def wait_for_idle(mock):
    """Until only the connection that asks is open."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        stats = mock.stats()
        if stats["connections"]["open"] <= 1 and stats["requests"]["in_flight"] == 0:
            return
        time.sleep(0.01)  # another program: no event to await
    raise RuntimeError(f"connections stay open: {stats['connections']}, "
                       f"in flight {stats['requests']['in_flight']}")


EXPERIMENTS = {"memory-idle": idle, "memory-soak": soak, "memory-broken": broken}
