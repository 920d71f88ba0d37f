"""run.json against docs/schema, by jsonschema: what loadgen has just written, and the records that are kept."""

import copy
import json
import pathlib
import sys

from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parents[2]


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((ROOT / "docs/schema" / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(check: Draft202012Validator, record: dict) -> list[str]:
    return [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}" for fault in check.iter_errors(record)]


def main() -> None:
    overhead, loadgen = validator("overhead-run"), validator("loadgen-run")
    validator("loadgen-comparison")
    fresh = json.loads((pathlib.Path(sys.argv[1]) / "run.json").read_text())
    kept = json.loads((ROOT / "docs/examples/run.json").read_text())
    study = json.loads((ROOT / "results/example/run.json").read_text())
    for check, record in ((loadgen, fresh), (loadgen, kept), (overhead, study)):
        found = faults(check, record)
        assert not found, found[:5]
    # What is not so is seen.
    for check, record, field in ((loadgen, fresh, "counters"), (overhead, study, "cells")):
        without = copy.deepcopy(record)
        del without[field]
        assert faults(check, without), f"a record without {field} is taken for one"
    wrong = copy.deepcopy(study)
    wrong["cells"][0]["state"] = "fine"
    assert faults(overhead, wrong), "a state that there is not is taken for one"


main()
