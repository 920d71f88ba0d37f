"""That the strict comparison finds what it is there to find: each mistake is made once."""

import copy
import json

import pytest
from anthropic.types import Message
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent

import strict

REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "hi", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
CHUNK = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": None}],
}
EVENT = {
    "type": "response.output_text.delta",
    "content_index": 0,
    "output_index": 0,
    "item_id": "msg_1",
    "delta": "hi",
    "logprobs": [],
    "sequence_number": 4,
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "hi"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
KNOWN = {
    "reply": (ChatCompletion, REPLY),
    "chunk": (ChatCompletionChunk, CHUNK),
    "event": (ResponseStreamEvent, EVENT),
    "message": (Message, MESSAGE),
}
GONE = object()


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_right_has_no_faults(name):
    kind, value = KNOWN[name]
    assert strict.faults(kind, json.dumps(value)) == []


@pytest.mark.parametrize(
    ("name", "path", "wrong"),
    [
        ("reply", ["id"], GONE),
        ("reply", ["created"], 1.5),
        ("reply", ["created"], "1"),
        ("reply", ["object"], "chat.completion.chunk"),
        ("reply", ["cost"], 1),
        ("reply", ["usage", "words"], 1),
        ("reply", ["usage", "total_tokens"], GONE),
        ("reply", ["choices", 0, "finish_reason"], "end"),
        ("reply", ["choices", 0, "finish_reason"], None),
        ("reply", ["choices", 0, "logprobs"], GONE),
        ("reply", ["choices", 0, "message", "refusal"], GONE),
        ("reply", ["choices", 0, "message", "content"], 1),
        ("reply", ["choices", 0, "message", "tool_calls"], [{"id": "x", "type": "function"}]),
        ("reply", ["choices"], {}),
        ("chunk", ["choices", 0, "finish_reason"], GONE),
        ("chunk", ["choices", 0, "delta", "text"], "hi"),
        ("chunk", ["choices", 0, "delta", "role"], "robot"),
        ("event", ["type"], "response.output_text.surprise"),
        ("event", ["logprobs"], GONE),
        ("event", ["sequence_number"], "4"),
        ("event", ["text"], "hi"),
        ("message", ["content", 0, "type"], "texts"),
        ("message", ["content", 0, "text"], GONE),
        ("message", ["usage", "output_tokens"], GONE),
        ("message", ["stop_sequence"], GONE),
    ],
)
def test_each_mistake_is_found(name, path, wrong):
    kind, value = KNOWN[name]
    value = copy.deepcopy(value)
    place = value
    for step in path[:-1]:
        place = place[step]
    if wrong is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = wrong
    assert strict.faults(kind, json.dumps(value)) != []


def test_known_extensions_are_no_mistake():
    value = copy.deepcopy(REPLY)
    message = value["choices"][0]["message"]
    message["reasoning_content"] = "hm"
    assert strict.faults(ChatCompletion, json.dumps(value)) == []
    message["reasoning_content"] = 1
    assert strict.faults(ChatCompletion, json.dumps(value)) != []
