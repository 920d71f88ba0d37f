"""The machine below an experiment: CPUs, limits, what else is running, how a child is started."""

import ctypes
import os
import platform
import resource
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Context:
    """What every experiment is given."""

    bin: Path  # of the programs under test
    tools: Path  # of the programs that only measure
    folder: Path  # temporary; removed at the end
    rounds: int
    seconds: int
    client_cpu: int
    server_cpu: int
    quick: bool

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def in_rounds(self, *arms):
        """Every arm once a round, each second round in reverse: drift hits all arms alike."""
        for index in range(self.rounds):
            yield from (arms if index % 2 == 0 else reversed(arms))


def two_cpus():
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        sys.exit("two CPUs are needed: client and server must not share one")
    return cpus[0], cpus[1]


def pinned_to(cpu):
    """For Popen: runs in the child. It also ends with us, however we end."""
    def prepare():
        os.sched_setaffinity(0, {cpu})
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    return prepare


def allow_open_files(wanted):
    """Raises the limit for us and our children as far as it goes; gives what there is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in ((wanted, max(wanted, hard)), (min(wanted, hard), hard)):
        if soft >= wanted:
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            break
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pids):
    """CPU clocks of whole processes, user and system: nanoseconds, not 10 ms ticks."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def rss_bytes(pid):
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class OtherLoad:
    """How much CPU everybody else used meanwhile. Our children count once they are waited for."""

    def __enter__(self):
        self.before = (time.monotonic(), self._all(), self._ours())
        return self

    def __exit__(self, *_):
        wall = time.monotonic() - self.before[0]
        everybody = self._all() - self.before[1]
        self.cores = max(0.0, (everybody - (self._ours() - self.before[2])) / wall)

    @staticmethod
    def _all():
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
        return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _ours():
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in used)


def describe():
    model = next((line.split(":", 1)[1].strip()
                  for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cpus": os.cpu_count(), "kernel": platform.release()}
