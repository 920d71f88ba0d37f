"""Locust's own column names, and the way a pandas script reads its files.

check_locust.py FOLDER [PREFIX]: FOLDER/locust/loadgen_*.csv, of a run in which something failed; or FOLDER/PREFIX_*.csv.
"""

import os
import sys
import tempfile

import pandas as pd
from locust.env import Environment
from locust.stats import PERCENTILES_TO_REPORT, StatsCSVFileWriter


def main(folder: str, prefix: str = "") -> None:
    with tempfile.TemporaryDirectory() as scratch:
        own = StatsCSVFileWriter(Environment(), PERCENTILES_TO_REPORT, os.path.join(scratch, "x"))
    path = f"{folder}/{prefix}" if prefix else f"{folder}/locust/loadgen"
    read = lambda name: pd.read_csv(f"{path}_{name}.csv", keep_default_na=False)
    table, history, failures = map(read, ["stats", "stats_history", "failures"])
    assert list(table.columns) == own.requests_csv_columns, list(table.columns)
    assert list(history.columns) == own.stats_history_csv_columns, list(history.columns)
    assert list(failures.columns) == own.failures_columns, list(failures.columns)
    if not prefix:
        exceptions = read("exceptions")
        assert list(exceptions.columns) == own.exceptions_columns, list(exceptions.columns)
    total = table[table.Name == "Aggregated"].iloc[0]
    assert int(total["Request Count"]) > 0 and float(total["99%"]) >= float(total["50%"])
    assert int(history.iloc[-1]["Total Request Count"]) == int(total["Request Count"])
    assert failures["Occurrences"].sum() == int(total["Failure Count"])
    assert prefix or int(total["Failure Count"]) > 0


if __name__ == "__main__":
    main(*sys.argv[1:])
