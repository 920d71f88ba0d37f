#!/usr/bin/env python3
"""Charts of what scripts/run-guidellm-benchmark.sh measured: `overhead report --charts`, under the old name."""

import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", default=[str(ROOT / "results")], metavar="DIR",
                        help="folders with runs (default: results, all of them)")
    parser.add_argument("--output", help="folder for the pictures (default: the first of the folders)")
    parser.add_argument("--bin", default=str(ROOT / "build/release/bin"), help="folder of the programs")
    options = parser.parse_args()
    program = pathlib.Path(options.bin) / "overhead"
    if not program.exists():
        print(f"generate_charts.py: no overhead in {options.bin}: scripts/quickstart.sh builds it", file=sys.stderr)
        return 69
    command = [str(program), "report", "--output", options.output or options.folders[0], "--charts", *options.folders]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
