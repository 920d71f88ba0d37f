"""GuideLLM loads its report and exports it again."""

import subprocess
import sys
from pathlib import Path


def main(folder: str) -> None:
    report = next(Path(folder).rglob("benchmarks.json"))
    table = report.with_name("exported.csv")
    command = Path(sys.executable).with_name("guidellm")
    subprocess.run(
        [command, "export", report, "--output", "kind=console", "--output",
         f"kind=csv,path={table}"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    assert table.stat().st_size > 0


if __name__ == "__main__":
    main(sys.argv[1])
