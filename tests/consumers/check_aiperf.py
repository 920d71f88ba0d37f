"""AIPerf's own model of its export."""

import json
import sys

from aiperf.common.models.export_models import JsonExportData


def main(folder: str) -> None:
    with open(f"{folder}/aiperf/profile_export_aiperf.json", encoding="utf-8") as file:
        text = file.read()
    data = JsonExportData.model_validate_json(text)
    assert data.request_latency.avg > 0 and data.time_to_first_token.p50 > 0
    with open(f"{folder}/aiperf/profile_export.jsonl", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert len(rows) > 0 and all(row["metadata"]["request_end_ns"] > 0 for row in rows)


if __name__ == "__main__":
    main(sys.argv[1])
