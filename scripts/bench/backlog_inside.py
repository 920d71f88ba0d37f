"""Runs inside a new network namespace: python3 -m bench.backlog_inside BIN SERVER_CPU CLIENT_CPU N.

Opens N connections at once twice: to the running server, and while it is stopped, so that every one
of them has to wait in the accept queue. Prints the namespace's counters and how many were answered.
"""

import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from pathlib import Path

from . import clients, machine, servers

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack("16sh14x", b"lo", 0)
        _, flags = struct.unpack("16sh14x", fcntl.ioctl(s, _SIOCGIFFLAGS, request))
        fcntl.ioctl(s, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def listen_counters():
    lines = Path("/proc/net/netstat").read_text().splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        if names.startswith("TcpExt:"):
            found = dict(zip(names.split()[1:], values.split()[1:]))
            return {key: int(found[key]) for key in ("ListenOverflows", "ListenDrops")}
    raise RuntimeError("the kernel has no TcpExt counters")


def open_all(port, count):
    sockets = []
    for _ in range(count):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", port))
        sockets.append(s)
    return sockets


def answered(sockets, request):
    """How many of the connections got their answer within ten seconds. Closes them."""
    poll = select.epoll()
    waiting = {s.fileno(): s for s in sockets}
    answers = dict.fromkeys(waiting, b"")
    for fd in waiting:
        poll.register(fd, select.EPOLLOUT)
    complete, deadline = 0, time.monotonic() + 10
    while waiting and time.monotonic() < deadline:
        for fd, events in poll.poll(1):
            if events & select.EPOLLOUT:
                waiting[fd].send(request)
                poll.modify(fd, select.EPOLLIN)
                continue
            try:
                part = waiting[fd].recv(65536)
            except OSError:
                part = b""
            answers[fd] += part
            whole = answers[fd].startswith(b"HTTP/1.1 200 ") and answers[fd].endswith(b"}")
            complete += whole
            if whole or not part:
                poll.unregister(fd)
                del waiting[fd]
    for s in sockets:
        s.close()
    return complete


def main():
    binaries, server_cpu, client_cpu, count = Path(sys.argv[1]), *map(int, sys.argv[2:])
    machine.allow_open_files(4 * count)
    bring_loopback_up()
    context = machine.Context(binaries, binaries, Path("."), 1, 1, client_cpu, server_cpu, True)
    request = clients.raw_post(clients.body_of(8)).encode()
    with servers.Mock(context) as mock:
        before = listen_counters()
        total = answered(open_all(mock.port, count), request)
        os.kill(mock.pid, signal.SIGSTOP)
        try:
            sockets = open_all(mock.port, count)
        finally:
            os.kill(mock.pid, signal.SIGCONT)
        total += answered(sockets, request)
        after = listen_counters()
    print(json.dumps({"answered": total, **{key: after[key] - before[key] for key in after}}))


if __name__ == "__main__":
    main()
