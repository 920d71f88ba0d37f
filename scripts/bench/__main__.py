"""Runs the chosen experiments and says of each bar whether it holds."""

import argparse
import datetime
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import (loadgen_cost, machine, mock_backlog, mock_memory, mock_paced, mock_stream,
               mock_unary, peers, stats)
from .report import CannotRun

SUITES = {
    "mock": {name: run for part in (mock_unary, mock_stream, mock_paced, mock_memory, mock_backlog)
             for name, run in part.EXPERIMENTS.items()},
    "loadgen": loadgen_cost.EXPERIMENTS,
}
SUITES["all"] = SUITES["mock"] | SUITES["loadgen"]
SUITES["peers"] = peers.EXPERIMENTS  # apart from "all": they take long
FEWEST_ROUNDS = 10
QUICK_ROUNDS = 3
MOST_OTHER_LOAD = 0.12  # of a core, as in overhead's check other_load


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(64, f"bench.sh: {message} (--help tells what there is)\n")


def parse(arguments):
    parser = Parser(prog="scripts/bench.sh", add_help=False, allow_abbrev=False)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--bin", type=Path, default=Path("build/release/bin"))
    parser.add_argument("--tools", type=Path, default=Path("build/release/bin"))
    parser.add_argument("--check", action="store_true", help="only look at the options")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--only", action="append", metavar="NAME", default=[])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", nargs="?", const="", metavar="DIR")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (QUICK_ROUNDS if options.quick else 12)
    options.seconds = options.seconds or (1 if options.quick else 2)
    if options.rounds < (1 if options.quick else FEWEST_ROUNDS):
        parser.error(f"a bar needs at least {FEWEST_ROUNDS} rounds (fewer only with --quick)")
    if options.seconds < 1:
        parser.error("--seconds must be at least 1")
    unknown = [name for name in options.only if name not in SUITES[options.suite]]
    if unknown:
        parser.error(f"no experiment {unknown[0]}; there are: {' '.join(SUITES[options.suite])}")
    return options


def run_one(name, experiment, context):
    """The experiment's record; its figures are printed."""
    print(f"{name}", flush=True)
    began = time.monotonic()
    record = {"name": name, "figures": []}
    try:
        with machine.OtherLoad() as others:
            figures = experiment(context)
    except CannotRun as reason:
        record["not_run"] = str(reason)
        print(f"  not run: {reason}", flush=True)
        return record
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as fault:
        record["failed"] = str(fault)
        print(f"  failed: {fault}", flush=True)
        return record
    for figure in figures:
        figure.disturbed = others.cores > MOST_OTHER_LOAD
    record["figures"] = [figure.record() for figure in figures]
    record["took_s"] = round(time.monotonic() - began, 1)
    record["other_load_cores"] = round(others.cores, 3)
    for figure in figures:
        print(figure.line())
        if figure.details:
            print("    " + ", ".join(f"{key} {write(value)}" for key, value in
                                     figure.details.items()))
    too_much = ": too much to judge a time by" if others.cores > MOST_OTHER_LOAD else ""
    print(f"    {record['took_s']} s; other processes used {others.cores:.2f} of a core{too_much}",
          flush=True)
    return record


def write(value):
    if isinstance(value, dict):
        return " ".join(f"{key} {write(inner)}" for key, inner in value.items())
    return f"{value:,.1f}" if isinstance(value, float) and value > 10 else f"{value}"


def exit_code(verdicts):
    """As the programs have it: 1 something does not hold, 2 something cannot be told, else 0."""
    if stats.FAILS in verdicts:
        return 1
    return 2 if stats.UNKNOWN in verdicts else 0


def main():
    options = parse(sys.argv[1:])
    if options.check:
        return
    # So that servers are stopped and folders removed whatever ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    client_cpu, server_cpu = machine.two_cpus()
    chosen = {name: run for name, run in SUITES[options.suite].items()
              if not options.only or name in options.only}
    started = datetime.datetime.now(datetime.timezone.utc)
    print(f"{options.rounds} rounds of {options.seconds} s, server on CPU {server_cpu}, "
          f"client on CPU {client_cpu}; geometric means with 95 % intervals over rounds")
    if options.quick:
        print("QUICK: a smoke run, without the rounds, time and sizes that the bars ask for; its "
              "figures and verdicts count for nothing")
    with tempfile.TemporaryDirectory(prefix="hopcost-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # nginx's worker is another user
        context = machine.Context(options.bin.resolve(), options.tools.resolve(), folder,
                                  options.rounds, options.seconds, client_cpu, server_cpu,
                                  options.quick)
        records = [run_one(name, run, context) for name, run in chosen.items()]
    verdicts = [stats.UNKNOWN for record in records if not record["figures"]]
    verdicts += [figure["verdict"] for record in records for figure in record["figures"]]
    print(", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in
                    (stats.HOLDS, stats.FAILS, stats.UNKNOWN, stats.NO_BAR)))
    if options.output is not None:
        save(options, started, records)
    sys.exit(exit_code(verdicts))


def save(options, started, records):
    folder = Path(options.output or f"results/bench-{started:%Y%m%dT%H%M%SZ}")
    folder.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([options.bin / "mockserver", "--version"], capture_output=True,
                             text=True, check=False).stdout.strip()
    (folder / "bench.json").write_text(json.dumps({
        "schema": "hopcost.bench/1", "started_at": started.isoformat(timespec="seconds"),
        "suite": options.suite, "rounds": options.rounds, "seconds": options.seconds,
        "quick": options.quick, "mockserver": version, "environment": machine.describe(),
        "experiments": records}, indent=1) + "\n")
    print(f"written: {folder / 'bench.json'}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
