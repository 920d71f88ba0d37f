"""Every reply and every event validates strictly against the official clients' response types.

The bytes are read here, without a client, so that nothing is forgiven on the way.
"""

import json

import anthropic.types
import httpx
import pytest
from openai.types import Completion, CreateEmbeddingResponse, Embedding, Model
from openai.types import ModerationCreateResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

import strict
from target import ASK, BASE, CLOCK, FAULT_HEADER, MODEL, TOOLS, WEATHER, function_tool
from target import is_weather, status_fault

FORMAT = {"name": "weather", "schema": WEATHER, "strict": True}
NESTED = {
    "type": "object",
    "properties": {
        "days": {"type": "array", "items": WEATHER, "minItems": 2},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["days", "note"],
    "additionalProperties": False,
}

CHAT = {
    "plain": {},
    "one token": {"max_tokens": 1},
    "limit": {"max_completion_tokens": 7},
    "n": {"n": 3, "max_tokens": 4},
    "seed": {"seed": 5, "temperature": 0.5},
    "stop": {"stop": [" "]},
    "logprobs": {"logprobs": True, "max_tokens": 4},
    "top logprobs": {"logprobs": True, "top_logprobs": 5, "n": 2, "max_tokens": 4},
    "tools auto": {"tools": TOOLS[:1]},
    "tools none": {"tools": TOOLS, "tool_choice": "none"},
    "tools parallel": {"tools": TOOLS, "tool_choice": "required"},
    "tools one at a time": {"tools": TOOLS, "parallel_tool_calls": False},
    "tools and n": {"tools": TOOLS, "tool_choice": "required", "n": 2},
    "tool by name": {
        "tools": TOOLS,
        "tool_choice": {"type": "function", "function": {"name": "get_time"}},
    },
    "tools allowed": {
        "tools": TOOLS,
        "tool_choice": {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "required", "tools": [TOOLS[1]]},
        },
    },
    "custom tool": {
        "tools": [TOOLS[0], {"type": "custom", "custom": {"name": "c"}}],
        "tool_choice": "required",
    },
    "tool without parameters": {"tools": [function_tool("f", {"type": "object"})]},
    "json object": {"response_format": {"type": "json_object"}},
    "json schema": {"response_format": {"type": "json_schema", "json_schema": FORMAT}},
    "reasoning": {"reasoning_effort": "low"},
    "most reasoning": {"reasoning_effort": "max"},
    "settings that change nothing": {
        "frequency_penalty": 0.5,
        "logit_bias": {"5": -100},
        "metadata": {"a": "b"},
        "modalities": ["text"],
        "prediction": {"type": "content", "content": "x"},
        "prompt_cache_key": "k",
        "prompt_cache_retention": "24h",
        "safety_identifier": "s",
        "service_tier": "auto",
        "store": True,
        "user": "u",
        "verbosity": "low",
        "web_search_options": {"search_context_size": "low"},
    },
    "text that must be escaped": {
        "messages": [{"role": "user", "content": '"\\\n\t\u0001é漢😀'}]
    },
}
COMPLETIONS = {
    "plain": {},
    "limit": {"max_tokens": 3},
    "prompts": {"prompt": ["one", "two"], "n": 2, "max_tokens": 3},
    "token ids": {"prompt": [[1, 2], [3]], "max_tokens": 3},
    "echo": {"echo": True, "max_tokens": 3},
    "logprobs": {"logprobs": 3, "max_tokens": 3},
    "echo with logprobs": {"echo": True, "logprobs": 1, "max_tokens": 3},
    "stop": {"stop": " "},
}
FUNCTIONS = [
    {"type": "function", "name": "get_weather", "parameters": WEATHER, "strict": True},
    {"type": "function", "name": "get_time", "parameters": CLOCK, "strict": True},
]
RESPONSES = {
    "plain": {},
    "cut off": {"max_output_tokens": 2},
    "settings": {
        "instructions": "Be brief.",
        "metadata": {"a": "b"},
        "temperature": 0.5,
        "top_p": 0.9,
        "store": False,
        "max_tool_calls": 3,
        "previous_response_id": "resp_1",
        "prompt_cache_key": "k",
        "safety_identifier": "s",
        "service_tier": "flex",
        "truncation": "auto",
        "user": "u",
    },
    "function": {"tools": FUNCTIONS[:1]},
    "functions": {"tools": FUNCTIONS, "tool_choice": "required"},
    "function by name": {
        "tools": FUNCTIONS,
        "tool_choice": {"type": "function", "name": "get_time"},
    },
    "functions allowed": {
        "tools": FUNCTIONS,
        "tool_choice": {
            "type": "allowed_tools",
            "mode": "auto",
            "tools": [{"type": "function", "name": "get_time"}],
        },
    },
    "other tools": {"tools": [{"type": "web_search"}, {"type": "custom", "name": "c"}]},
    "json object": {"text": {"format": {"type": "json_object"}, "verbosity": "low"}},
    "json schema": {"text": {"format": {"type": "json_schema", **FORMAT}}},
    "nested schema": {
        "text": {"format": {"type": "json_schema", "name": "n", "schema": NESTED}}
    },
    "reasoning": {"reasoning": {"effort": "low", "summary": "auto"}},
    "logprobs": {"include": ["message.output_text.logprobs"], "top_logprobs": 2},
}
MESSAGES_TOOL = {"name": "get_weather", "description": "Weather.", "input_schema": WEATHER}
MESSAGES = {
    "plain": {},
    "cut off": {"max_tokens": 2},
    "stop": {"stop_sequences": [" "]},
    "system": {"system": [{"type": "text", "text": "Be brief."}]},
    "tool": {"tools": [MESSAGES_TOOL]},
    "any tool": {"tools": [MESSAGES_TOOL], "tool_choice": {"type": "any"}},
    "tool by name": {
        "tools": [MESSAGES_TOOL],
        "tool_choice": {"type": "tool", "name": "get_weather"},
    },
    "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048},
    "adaptive thinking": {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
    "thinking between tools": {"thinking": {"type": "between_tools"}, "tools": [MESSAGES_TOOL]},
    "json schema": {"output_config": {"format": {"type": "json_schema", "schema": WEATHER}}},
    "system message": {"messages": [*ASK, {"role": "system", "content": "Be brief."}]},
    "tool of the server": {
        "tools": [MESSAGES_TOOL, {"type": "web_search_20250305", "name": "web_search"}],
    },
    "settings that change nothing": {
        "cache_control": {"type": "ephemeral"},
        "metadata": {"user_id": "u"},
        "service_tier": "auto",
        "top_k": 5,
    },
}


def send(path, body, headers=None):
    return httpx.post(f"{BASE}{path}", json=body, headers=headers, timeout=20)


def unary(kind, path, body):
    reply = send(path, body)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].split(";")[0] == "application/json"
    assert strict.faults(kind, reply.text) == []
    return reply.json()


def events(path, body):
    """[(event name or None, data)] of a stream; every frame must be one event, name, data."""
    reply = send(path, {**body, "stream": True})
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].split(";")[0] == "text/event-stream"
    frames = reply.text.split("\n\n")
    assert frames.pop() == ""
    read = []
    for frame in frames:
        fields = [line.split(": ", 1) for line in frame.split("\n")]
        assert [name for name, _ in fields] in (["data"], ["event", "data"]), frame
        read.append((fields[0][1] if len(fields) == 2 else None, fields[-1][1]))
    return read


def chunks(kind, path, body, find_faults=strict.faults):
    """The chunks of a stream that ends with [DONE]."""
    *frames, (name, last) = events(path, body)
    assert (name, last) == (None, "[DONE]")
    for name, data in frames:
        assert name is None
        assert find_faults(kind, data) == [], data
    read = [json.loads(data) for _, data in frames]
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in read}) == 1
    return read


@pytest.mark.parametrize("name", CHAT)
def test_chat(name):
    unary(ChatCompletion, "/v1/chat/completions", {"model": MODEL, "messages": ASK, **CHAT[name]})


@pytest.mark.parametrize("usage", [None, False, True], ids=["", "no usage", "usage"])
@pytest.mark.parametrize("name", CHAT)
def test_chat_stream(name, usage):
    body = {"model": MODEL, "messages": ASK, **CHAT[name]}
    if usage is not None:
        body["stream_options"] = {"include_usage": usage}
    read = chunks(ChatCompletionChunk, "/v1/chat/completions", body)
    if usage:
        last = read.pop()
        assert last["choices"] == [] and last["usage"]["total_tokens"] > 0
        assert all(chunk["usage"] is None for chunk in read)
    else:
        assert not any(chunk.get("usage") for chunk in read)
    first, finished = set(), set()
    for choice in (choice for chunk in read for choice in chunk["choices"]):
        index, delta = choice["index"], choice["delta"]
        assert index not in finished, "a delta after the choice had ended"
        assert ("role" in delta) == (index not in first), "the role comes first, and once"
        first.add(index)
        if choice["finish_reason"] is not None:
            assert delta == {}
            finished.add(index)
    assert first == finished == set(range(body.get("n", 1)))


@pytest.mark.parametrize("name", COMPLETIONS)
def test_completion(name):
    body = {"model": MODEL, "prompt": "Once upon a time", **COMPLETIONS[name]}
    unary(Completion, "/v1/completions", body)


@pytest.mark.parametrize("usage", [False, True], ids=["", "usage"])
@pytest.mark.parametrize("name", COMPLETIONS)
def test_completion_stream(name, usage):
    body = {"model": MODEL, "prompt": "Once upon a time", **COMPLETIONS[name]}
    if usage:
        body["stream_options"] = {"include_usage": True}
    read = chunks(Completion, "/v1/completions", body, strict.completion_stream_faults)
    if usage:
        assert read.pop()["choices"] == []
    ends = {}
    for choice in (choice for chunk in read for choice in chunk["choices"]):
        assert ends.get(choice["index"]) is None
        ends[choice["index"]] = choice["finish_reason"]
    assert ends and None not in ends.values()


@pytest.mark.parametrize("input", ["text", ["a", "b"], [1, 2], [[1], [2, 3]]], ids=str)
def test_embeddings(input):
    body = {"model": MODEL, "input": input, "dimensions": 8}
    unary(CreateEmbeddingResponse, "/v1/embeddings", body)


def test_embeddings_in_base64():
    reply = send("/v1/embeddings", {"model": MODEL, "input": "x", "encoding_format": "base64"})
    whole = reply.json()
    # The type knows decoded vectors only: everything else is compared with it.
    for entry in whole["data"]:
        assert isinstance(entry["embedding"], str)
        entry["embedding"] = [0.0]
        assert strict.faults(Embedding, json.dumps(entry)) == []
    assert strict.faults(CreateEmbeddingResponse, json.dumps(whole)) == []


@pytest.mark.parametrize("prefix", ["", "/v1", "/v1/openai/v1"])
def test_models(prefix):
    listed = httpx.get(f"{BASE}{prefix}/models", timeout=20).json()
    assert sorted(listed) == ["data", "object"] and listed["object"] == "list"
    for entry in listed["data"]:
        assert strict.faults(Model, json.dumps(entry)) == []
        found = httpx.get(f"{BASE}{prefix}/models/{entry['id']}", timeout=20)
        assert found.json() == entry


@pytest.mark.parametrize("input", ["a word", ["a", "b"]], ids=["text", "texts"])
def test_moderations(input):
    unary(ModerationCreateResponse, "/v1/moderations", {"input": input})


@pytest.mark.parametrize("name", RESPONSES)
def test_response(name):
    unary(Response, "/v1/responses", {"model": MODEL, "input": "Hello there", **RESPONSES[name]})


@pytest.mark.parametrize("name", RESPONSES)
def test_response_stream(name):
    body = {"model": MODEL, "input": "Hello there", **RESPONSES[name]}
    opened = {}
    frames = events("/v1/responses", body)
    for number, (name, data) in enumerate(frames):
        assert strict.faults(ResponseStreamEvent, data) == [], data
        event = json.loads(data)
        assert name == event["type"] and event["sequence_number"] == number
        if name == "response.output_item.added":
            assert event["output_index"] == len(opened)
            opened[event["output_index"]] = event["item"]["id"]
        if "item_id" in event:
            assert opened[event["output_index"]] == event["item_id"]
    last = json.loads(frames[-1][1])
    assert last["type"] in ("response.completed", "response.incomplete")
    assert [item["id"] for item in last["response"]["output"]] == list(opened.values())


@pytest.mark.parametrize("name", MESSAGES)
def test_message(name):
    body = {"model": MODEL, "messages": ASK, "max_tokens": 64, **MESSAGES[name]}
    unary(anthropic.types.Message, "/v1/messages", body)


@pytest.mark.parametrize("name", MESSAGES)
def test_message_stream(name):
    body = {"model": MODEL, "messages": ASK, "max_tokens": 64, **MESSAGES[name]}
    kinds, opened = [], None
    for name, data in events("/v1/messages", body):
        event = json.loads(data)
        assert name == event["type"]
        if name == "ping":
            assert event == {"type": "ping"}
            continue
        assert strict.faults(anthropic.types.RawMessageStreamEvent, data) == [], data
        kinds.append(name)
        if name == "content_block_start":
            assert opened is None
            opened = event["index"]
        elif name in ("content_block_delta", "content_block_stop"):
            assert event["index"] == opened
            opened = None if name == "content_block_stop" else opened
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"]
    assert opened is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503])
@pytest.mark.parametrize(
    "path",
    ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages"],
)
def test_error_objects(path, status):
    body = {"model": MODEL, "messages": ASK, "prompt": "x", "input": "x", "max_tokens": 1}
    error = send(path, body, status_fault(status))
    assert error.status_code == status
    assert error.headers["content-type"].split(";")[0] == "application/json"
    if path == "/v1/messages":
        whole = error.json()
        assert set(whole) - {"request_id"} == {"error", "type"} and whole["type"] == "error"
        assert isinstance(whole["error"]["type"], str) and whole["error"]["message"]
        return
    assert list(error.json()) == ["error"]
    fields = error.json()["error"]
    assert sorted(fields) == ["code", "message", "param", "type"]
    assert isinstance(fields["message"], str) and isinstance(fields["type"], str)
    assert all(fields[key] is None or isinstance(fields[key], str) for key in ("param", "code"))


def test_a_fault_nobody_knows_is_refused():
    """Else a test with a misspelt fault would test nothing."""
    body = {"model": MODEL, "messages": ASK, "max_tokens": 1}
    refused = send("/v1/chat/completions", body, {FAULT_HEADER: "no-such-fault"})
    assert refused.status_code == 400 and "no-such-fault" in refused.json()["error"]["message"]


def test_the_answer_to_a_nested_schema_fits_it():
    format = {"type": "json_schema", "json_schema": {"name": "n", "schema": NESTED}}
    body = {"model": MODEL, "messages": ASK, "response_format": format}
    reply = unary(ChatCompletion, "/v1/chat/completions", body)
    answer = json.loads(reply["choices"][0]["message"]["content"])
    assert sorted(answer) == ["days", "note"] and len(answer["days"]) >= 2
    assert all(is_weather(json.dumps(day)) for day in answer["days"])
