"""LiteLLM's client, which speaks to the server as to any OpenAI-compatible one."""

import asyncio
import json

import litellm
import pytest

from target import ASK, BASE, MODEL, TOOLS, is_weather, status_fault, tokens

HERE = {"model": f"openai/{MODEL}", "api_base": f"{BASE}/v1", "timeout": 20, "max_retries": 0}


def joined(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_completion_is_read():
    reply = litellm.completion(messages=ASK, max_tokens=6, **HERE)
    assert tokens(reply.choices[0].message.content) == reply.usage.completion_tokens == 6
    assert reply.choices[0].finish_reason == "length"
    assert reply.usage.prompt_tokens == tokens(ASK[0]["content"])


def test_a_stream_says_the_same_and_ends_with_usage():
    chunks = list(
        litellm.completion(
            messages=ASK,
            max_tokens=6,
            stream=True,
            stream_options={"include_usage": True},
            **HERE,
        )
    )
    reply = litellm.completion(messages=ASK, max_tokens=6, **HERE)
    assert joined(chunks) == reply.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == 6
    rebuilt = litellm.stream_chunk_builder(chunks, messages=ASK)
    assert rebuilt.choices[0].message.content == reply.choices[0].message.content


def test_the_asynchronous_calls_read_the_same():
    async def read():
        reply = await litellm.acompletion(messages=ASK, max_tokens=6, **HERE)
        stream = await litellm.acompletion(messages=ASK, max_tokens=6, stream=True, **HERE)
        return reply, [chunk async for chunk in stream]

    reply, chunks = asyncio.run(read())
    assert joined(chunks) == reply.choices[0].message.content


def test_tools_are_called_in_both_modes():
    params = {"messages": ASK, "tools": TOOLS, "tool_choice": "required", **HERE}
    calls = litellm.completion(**params).choices[0].message.tool_calls
    chunks = list(litellm.completion(stream=True, **params))
    rebuilt = litellm.stream_chunk_builder(chunks, messages=ASK).choices[0]
    assert rebuilt.finish_reason == "tool_calls"
    for found in (calls, rebuilt.message.tool_calls):
        by_name = {call.function.name: call.function.arguments for call in found}
        assert sorted(by_name) == ["get_time", "get_weather"]
        assert is_weather(by_name["get_weather"])


def test_a_schema_is_answered_with_json():
    schema = TOOLS[0]["function"]["parameters"]
    format = {"type": "json_schema", "json_schema": {"name": "weather", "schema": schema}}
    reply = litellm.completion(messages=ASK, response_format=format, **HERE)
    assert is_weather(reply.choices[0].message.content)


def test_reasoning_is_found():
    reply = litellm.completion(
        messages=ASK, reasoning_effort="low", allowed_openai_params=["reasoning_effort"], **HERE
    )
    message = reply.choices[0].message
    assert message.reasoning_content and message.content
    assert reply.usage.completion_tokens_details.reasoning_tokens > 0


def test_text_completion_is_read():
    params = {**HERE, "model": f"text-completion-openai/{MODEL}"}
    reply = litellm.text_completion(prompt="Once upon a time", max_tokens=5, **params)
    assert tokens(reply.choices[0].text) == 5
    chunks = list(
        litellm.text_completion(prompt="Once upon a time", max_tokens=5, stream=True, **params)
    )
    assert "".join(chunk.choices[0].text or "" for chunk in chunks) == reply.choices[0].text


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings_are_read(encoding):
    reply = litellm.embedding(input=["a b", "c"], encoding_format=encoding, **HERE)
    assert [entry["index"] for entry in reply.data] == [0, 1]
    assert reply.usage.prompt_tokens == 3
    assert reply.data[0]["embedding"] != reply.data[1]["embedding"]


def test_messages_are_read_through_the_anthropic_provider():
    params = {**HERE, "model": f"anthropic/{MODEL}", "api_base": BASE}
    reply = litellm.completion(messages=ASK, max_tokens=6, **params)
    assert tokens(reply.choices[0].message.content) == 6
    assert reply.choices[0].finish_reason == "length"
    chunks = list(litellm.completion(messages=ASK, max_tokens=6, stream=True, **params))
    assert joined(chunks) == reply.choices[0].message.content


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, litellm.BadRequestError),
        (401, litellm.AuthenticationError),
        (404, litellm.NotFoundError),
        (429, litellm.RateLimitError),
        (500, litellm.InternalServerError),
        (503, litellm.ServiceUnavailableError),
    ],
)
def test_every_status_raises_its_class(status, kind):
    with pytest.raises(kind):
        litellm.completion(
            messages=ASK, num_retries=0, extra_headers=status_fault(status), **HERE
        )


def test_arguments_arrive_as_json_text():
    call = litellm.completion(messages=ASK, tools=TOOLS[:1], **HERE).choices[0].message.tool_calls
    assert isinstance(call[0].function.arguments, str) and json.loads(call[0].function.arguments)
