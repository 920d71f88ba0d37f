"""The Anthropic-style endpoint through Anthropic's official client."""

import asyncio
import json

import anthropic
import pytest

from conftest import TIMEOUT_S
from target import ASK, BASE, MODEL, WEATHER, counted, fault, is_weather, status_fault, tokens

TOOL = {"name": "get_weather", "description": "Tells the weather.", "input_schema": WEATHER}
FORCED = {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "get_weather"}}


@pytest.fixture
def client():
    with anthropic.Anthropic(base_url=BASE, timeout=TIMEOUT_S, max_retries=0) as made:
        yield made


def ask(client, **params):
    return client.messages.create(
        **{"model": MODEL, "messages": ASK, "max_tokens": 64, **params}
    )


def test_a_message_has_its_text_its_end_and_its_counts(client):
    message = ask(client)
    assert message.type == "message" and message.role == "assistant"
    assert message.stop_reason == "end_turn" and message.stop_sequence is None
    assert message.usage.input_tokens == tokens(ASK[0]["content"])
    assert message.usage.output_tokens == tokens(message.content[0].text) > 0


def test_max_tokens_cuts_a_message_off(client):
    message = ask(client, max_tokens=3)
    assert tokens(message.content[0].text) == message.usage.output_tokens == 3
    assert message.stop_reason == "max_tokens"


def test_a_stop_sequence_is_named(client):
    whole = ask(client).content[0].text
    word = whole.split()[3]
    message = ask(client, stop_sequences=[word])
    assert whole.startswith(message.content[0].text) and word not in message.content[0].text
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", word)


def test_the_system_prompt_counts(client):
    message = ask(client, system="Speak in verse.")
    assert message.usage.input_tokens == tokens(ASK[0]["content"]) + 3


def test_raw_events_come_in_their_order(client):
    kinds = [event.type for event in ask(client, stream=True)]
    assert list(dict.fromkeys(kinds)) == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert kinds.count("content_block_delta") > 1


def test_the_stream_helper_gathers_what_the_unary_reply_says(client):
    with client.messages.stream(model=MODEL, messages=ASK, max_tokens=64) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    message = ask(client)
    assert text == final.content[0].text == message.content[0].text
    assert final.stop_reason == message.stop_reason
    assert final.usage.output_tokens == message.usage.output_tokens
    assert final.usage.input_tokens == message.usage.input_tokens


def test_the_asynchronous_client_reads_the_same():
    async def read():
        async with anthropic.AsyncAnthropic(base_url=BASE, timeout=TIMEOUT_S) as client:
            message = await client.messages.create(model=MODEL, messages=ASK, max_tokens=64)
            async with client.messages.stream(
                model=MODEL, messages=ASK, max_tokens=64
            ) as stream:
                return message, "".join([text async for text in stream.text_stream])

    message, streamed = asyncio.run(read())
    assert message.content[0].text == streamed


@pytest.mark.parametrize("choice", [{"type": "auto"}, {"type": "any"}, FORCED["tool_choice"]])
def test_a_tool_is_used(client, choice):
    message = ask(client, tools=[TOOL], tool_choice=choice)
    assert message.stop_reason == "tool_use"
    (block,) = [block for block in message.content if block.type == "tool_use"]
    assert block.id and block.name == "get_weather" and is_weather(json.dumps(block.input))


def test_tool_input_is_streamed_in_fragments(client):
    with client.messages.stream(model=MODEL, messages=ASK, max_tokens=64, **FORCED) as stream:
        fragments = [event for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    block = final.content[-1]
    assert len(fragments) > 1 and fragments[-1].snapshot == block.input
    assert is_weather(json.dumps(block.input)) and final.stop_reason == "tool_use"
    assert final.content == ask(client, **FORCED).content


def test_a_tools_result_is_answered_in_words(client):
    used = ask(client, tools=[TOOL])
    result = {"type": "tool_result", "tool_use_id": used.content[-1].id, "content": "sunny"}
    messages = [
        *ASK,
        {"role": "assistant", "content": used.content},
        {"role": "user", "content": [result]},
    ]
    message = ask(client, messages=messages, tools=[TOOL])
    assert [block.type for block in message.content] == ["text"]
    assert message.stop_reason == "end_turn"


def test_thinking_is_a_block_of_its_own(client):
    thinking = {"type": "enabled", "budget_tokens": 1024}
    message = ask(client, thinking=thinking, max_tokens=2048)
    assert [block.type for block in message.content] == ["thinking", "text"]
    with client.messages.stream(
        model=MODEL, messages=ASK, max_tokens=2048, thinking=thinking
    ) as stream:
        kinds = {event.type for event in stream}
        assert {"thinking", "text"} <= kinds
        assert stream.get_final_message().content[0].thinking == message.content[0].thinking


@pytest.mark.parametrize(
    ("status", "kind", "name"),
    [
        (400, anthropic.BadRequestError, "invalid_request_error"),
        (401, anthropic.AuthenticationError, "authentication_error"),
        (403, anthropic.PermissionDeniedError, "permission_error"),
        (404, anthropic.NotFoundError, "not_found_error"),
        (413, anthropic.APIStatusError, "request_too_large"),
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (500, anthropic.InternalServerError, "api_error"),
        (529, anthropic.APIStatusError, "overloaded_error"),
    ],
)
def test_every_status_raises_its_class(client, status, kind, name):
    with pytest.raises(kind) as caught:
        ask(client, extra_headers=status_fault(status))
    assert caught.value.status_code == status
    assert caught.value.body["type"] == "error" and caught.value.body["error"]["type"] == name


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(anthropic.NotFoundError) as caught:
        ask(client, model="nobody")
    assert caught.value.body["error"]["type"] == "not_found_error"


def test_an_error_in_the_middle_of_a_stream_is_raised(client):
    read = []
    with pytest.raises(anthropic.APIStatusError) as caught:
        read.extend(ask(client, stream=True, extra_headers=fault("error_midstream")))
    assert caught.value.body["error"]["message"]


def test_what_may_pass_is_tried_three_times():
    with anthropic.Anthropic(base_url=BASE, timeout=TIMEOUT_S) as client:
        with counted() as requests, pytest.raises(anthropic.RateLimitError):
            ask(client, extra_headers=status_fault(429))
    assert requests == [3]
