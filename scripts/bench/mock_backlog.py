"""500 connections at once, in a network namespace whose drop counters are nobody else's."""

import json
import os
import shutil
import subprocess
import sys

from . import machine
from .report import CannotRun, from_count
from .stats import Bar

CONNECTIONS = 500


def backlog(context):
    rounds = [run_inside(context) for _ in range(context.rounds)]
    total = {key: sum(a_round[key] for a_round in rounds) for key in rounds[0]}
    asked = 2 * CONNECTIONS * len(rounds)
    none = Bar(at_most=0)
    return [from_count(f"{CONNECTIONS} connections at once: ListenOverflows", "count",
                       total["ListenOverflows"], none, {"rounds": len(rounds)}),
            from_count(f"{CONNECTIONS} connections at once: ListenDrops", "count",
                       total["ListenDrops"], none),
            from_count(f"requests not answered, of {asked}", "count", asked - total["answered"],
                       none)]


def run_inside(context):
    command = [sys.executable, "-B", "-m", "bench.backlog_inside", str(context.bin),
               str(context.server_cpu), str(context.client_cpu), str(CONNECTIONS)]
    done = subprocess.run([*namespace_command(), *command], capture_output=True, text=True,
                          timeout=60, preexec_fn=machine.pinned_to(context.client_cpu))
    if done.returncode != 0:
        raise RuntimeError(f"the run in the namespace failed:\n{done.stderr}")
    return json.loads(done.stdout)


def namespace_command():
    """`unshare` as it is allowed here: as root, or with user namespaces."""
    if shutil.which("unshare") is None:
        raise CannotRun("there is no unshare (package util-linux)")
    ways = [["unshare", "--net", "--"]] if os.geteuid() == 0 else []
    ways.append(["unshare", "--map-root-user", "--net", "--"])
    for way in ways:
        if subprocess.run([*way, "true"], capture_output=True).returncode == 0:
            return way
    raise CannotRun("a network namespace is not allowed here: run it as root")


EXPERIMENTS = {"backlog": backlog}
