"""What the tests know of the server under test, and what several of them ask it for."""

import contextlib
import json
import os
import pathlib

import httpx

MODEL = "mock-model"
BASE = os.environ["HOPCOST_MOCK_URL"]
FAULTS = json.loads((pathlib.Path(__file__).parent.parent / "faults.json").read_text())

FAULT_HEADER = "x-hopcost-fault"
ASK = [{"role": "user", "content": "Name three rivers of Europe, please."}]

WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 14},
    },
    "required": ["city", "unit", "days"],
    "additionalProperties": False,
}
CLOCK = {
    "type": "object",
    "properties": {"zone": {"type": "string"}},
    "required": ["zone"],
    "additionalProperties": False,
}


def function_tool(name, parameters):
    """As chat completions take it."""
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TOOLS = [function_tool("get_weather", WEATHER), function_tool("get_time", CLOCK)]


def is_weather(arguments):
    """Whether these arguments, a JSON text, fit the weather tool's schema."""
    read = json.loads(arguments)
    return (
        sorted(read) == ["city", "days", "unit"]
        and isinstance(read["city"], str)
        and read["unit"] in WEATHER["properties"]["unit"]["enum"]
        and isinstance(read["days"], int)
        and 1 <= read["days"] <= 14
    )


def tokens(text):
    """The server's rule: a token is a word between white space."""
    return len(text.split())


def status_fault(status, retry_after_ms=20):
    value = FAULTS["status"].format(status=status, retry_after_ms=retry_after_ms)
    return {FAULT_HEADER: value}


def fault(name):
    return {FAULT_HEADER: FAULTS[name]}


def request_count():
    """API requests that the server has answered or refused since it started."""
    stats = httpx.get(f"{BASE}/__admin/stats", timeout=10).raise_for_status().json()
    return stats["requests"]["total"]


@contextlib.contextmanager
def counted():
    """A list that holds, after the block, how many requests came in meanwhile."""
    before = request_count()
    result = []
    yield result
    result.append(request_count() - before)
