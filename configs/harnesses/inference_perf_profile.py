"""Runs inference-perf with a load profile: python inference_perf_profile.py PROGRAM PROFILE FOLDER TOKENIZER

Its results go to FOLDER. A tokenizer that is no folder here is replaced by TOKENIZER, so that none is fetched: words are
tokens then, as they are for the mock.
"""

import os
import sys

import yaml

program, profile, folder, tokenizer = sys.argv[1:]
with open(profile) as file:
    config = yaml.safe_load(file)
# As older profiles, and llm-d's, have it.
for key in ("input_distribution", "output_distribution"):
    lengths = (config.get("data") or {}).get(key) or {}
    if "std" in lengths:
        lengths["std_dev"] = lengths.pop("std")
named = config.get("tokenizer") or {}
if not os.path.isdir(named.get("pretrained_model_name_or_path", "")):
    config["tokenizer"] = {"pretrained_model_name_or_path": tokenizer}
config["storage"] = {"local_storage": {"path": folder}}
told = os.path.join(folder, "told.yaml")
with open(told, "w") as file:
    yaml.safe_dump(config, file, sort_keys=False)
os.execv(program, [program, "--config_file", told])
