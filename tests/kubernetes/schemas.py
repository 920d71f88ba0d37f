"""Makes JSON schemas for kubeconform out of Kubernetes' own OpenAPI file: schemas.py SWAGGER FOLDER.

One file a kind, named as kubeconform looks for them, and _definitions.json, which they refer to. Unknown fields are
errors, which OpenAPI leaves open."""

import json
import sys
from pathlib import Path

REFERENCE = "#/definitions/"
# Of these the OpenAPI file knows only that they are texts.
ALSO_NUMBERS = {"io.k8s.apimachinery.pkg.api.resource.Quantity": "number",
                "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "integer"}


def closed(node):
    """The same, with references into _definitions.json and no room for fields that nobody knows."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "int-or-string":
        return {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    made = {key: closed(value) for key, value in node.items()}
    target = made.get("$ref")
    if isinstance(target, str) and target.startswith(REFERENCE):
        made["$ref"] = "_definitions.json" + target
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


def file_name(kind):
    group = kind["group"].split(".")[0]
    return "-".join(filter(None, [kind["kind"].lower(), group, kind["version"]])) + ".json"


def main(swagger, folder):
    definitions = closed(json.loads(Path(swagger).read_text())["definitions"])
    for name, number in ALSO_NUMBERS.items():
        definitions[name] = {"oneOf": [{"type": "string"}, {"type": number}]}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "_definitions.json").write_text(json.dumps({"definitions": definitions}))
    for schema in definitions.values():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            (folder / file_name(kind)).write_text(json.dumps(schema))


if __name__ == "__main__":
    main(*sys.argv[1:])
