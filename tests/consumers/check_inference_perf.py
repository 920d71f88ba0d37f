"""inference-perf's validators on its files, and its model of llm-d's benchmark report on ours."""

import glob
import json
import os
import sys

import yaml
from inference_perf.reportgen.br.v0_2.schema_v0_2_1 import BenchmarkReportV021
from inference_perf.reportgen.validation import ReportFile, default_validators, run_validators


def main(folder: str) -> None:
    reports = []
    for path in sorted(glob.glob(f"{folder}/inference-perf/*")):
        name, kind = os.path.basename(path).rsplit(".", 1)
        with open(path, encoding="utf-8") as file:
            contents = json.load(file) if kind == "json" else yaml.safe_load(file)
        reports.append(ReportFile(name, contents, kind))
    assert len(reports) == 5, [report.get_filename() for report in reports]
    found = run_validators(default_validators(), reports)
    for finding in found.all_errors() + found.all_warnings():
        print(finding.report, finding.check, finding.message)
    assert not found.all_errors() and not found.all_warnings()
    stages = sorted(glob.glob(f"{folder}/llm-d/benchmark_report_v0.2*.yaml"))
    assert len(stages) == 2, stages
    for path in stages:
        with open(path, encoding="utf-8") as file:
            BenchmarkReportV021(**yaml.safe_load(file))


if __name__ == "__main__":
    main(sys.argv[1])
