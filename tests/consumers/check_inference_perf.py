"""inference-perf's validators on its files, and its model of llm-d's benchmark report on ours.

check_inference_perf.py FOLDER [run-only]: of loadgen's formats, or of what run-only leaves of a workload.
"""

import glob
import json
import os
import sys

import yaml
from inference_perf.reportgen.br.v0_2.schema_v0_2_1 import BenchmarkReportV021
from inference_perf.reportgen.validation import ReportFile, default_validators, run_validators


def main(folder: str, form: str = "") -> None:
    lifecycle = f"{folder}/inference-perf/*"
    benchmark = f"{folder}/llm-d/benchmark_report_v0.2*.yaml"
    if form == "run-only":
        lifecycle = f"{folder}/*_lifecycle_metrics.json"
        benchmark = f"{folder}/benchmark_report,_stage_*.yaml"
    reports = []
    for path in sorted(glob.glob(lifecycle)):
        name, kind = os.path.basename(path).rsplit(".", 1)
        with open(path, encoding="utf-8") as file:
            contents = json.load(file) if kind == "json" else yaml.safe_load(file)
        reports.append(ReportFile(name, contents, kind))
    found = run_validators(default_validators(), reports)
    for finding in found.all_errors() + found.all_warnings():
        print(finding.report, finding.check, finding.message)
    assert not found.all_errors() and not found.all_warnings()
    stages = sorted(glob.glob(benchmark))
    # Summary and requests, a file a stage, and of loadgen's formats, which are of two stages, the config.
    assert stages if form else len(stages) == 2, stages
    assert len(reports) == len(stages) + (2 if form else 3), [report.get_filename() for report in reports]
    for path in stages:
        with open(path, encoding="utf-8") as file:
            BenchmarkReportV021(**yaml.safe_load(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
