"""LangChain over the official OpenAI client."""

import asyncio
from typing import List, Optional

import pydantic
import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from target import ASK, BASE, MODEL, tokens

QUESTION = ASK[0]["content"]


def model(**options):
    return ChatOpenAI(
        model=MODEL, base_url=f"{BASE}/v1", timeout=20, max_retries=0, **options
    )


@tool
def get_weather(city: str, days: int) -> str:
    """Tells the weather of the next days."""
    return f"{city}: sunny for {days} days"


class River(pydantic.BaseModel):
    """A river."""

    name: str
    length_km: int
    nickname: Optional[str] = None
    countries: List[str]


def test_invoke_gives_text_and_counts():
    message = model(max_tokens=6).invoke(QUESTION)
    assert tokens(message.content) == 6
    assert message.usage_metadata["output_tokens"] == 6
    assert message.usage_metadata["input_tokens"] == tokens(QUESTION)
    assert message.response_metadata["finish_reason"] == "length"


def test_a_stream_adds_up_to_the_same():
    chunks = list(model(max_tokens=6, stream_usage=True).stream(QUESTION))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.content == model(max_tokens=6).invoke(QUESTION).content
    assert whole.usage_metadata["output_tokens"] == 6
    assert whole.response_metadata["finish_reason"] == "length"


def test_the_asynchronous_calls_read_the_same():
    async def read():
        speaker = model(max_tokens=6)
        message = await speaker.ainvoke(QUESTION)
        return message.content, "".join([c.content async for c in speaker.astream(QUESTION)])

    said, streamed = asyncio.run(read())
    assert said == streamed


@pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
def test_a_bound_tool_is_called_and_its_result_answered(responses):
    bound = model(use_responses_api=responses).bind_tools([get_weather])
    asked = bound.invoke(QUESTION)
    (call,) = asked.tool_calls
    assert call["name"] == "get_weather" and set(call["args"]) == {"city", "days"}
    result = get_weather.invoke(call)
    assert isinstance(result, ToolMessage)
    answer = bound.invoke([HumanMessage(QUESTION), asked, result])
    assert answer.text and not answer.tool_calls


@pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
def test_a_bound_tool_is_called_in_a_stream(responses):
    bound = model(use_responses_api=responses).bind_tools([get_weather], tool_choice="required")
    whole = None
    for chunk in bound.stream(QUESTION):
        whole = chunk if whole is None else whole + chunk
    (call,) = whole.tool_calls
    assert call["name"] == "get_weather" and isinstance(call["args"]["days"], int)


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_structured_output_is_read(method):
    if method == "json_mode":
        read = model().with_structured_output(None, method=method).invoke(QUESTION)
        assert isinstance(read, dict)
    else:
        read = model().with_structured_output(River, method=method).invoke(QUESTION)
        assert isinstance(read, River)


def test_the_responses_api_is_read():
    speaker = model(use_responses_api=True)
    message = speaker.invoke(QUESTION)
    assert message.text and message.usage_metadata["output_tokens"] == tokens(message.text)
    assert "".join(chunk.text for chunk in speaker.stream(QUESTION)) == message.text


@pytest.mark.parametrize("token_ids", [True, False], ids=["token ids", "text"])
def test_embeddings_are_read(token_ids):
    embeddings = OpenAIEmbeddings(
        model=MODEL,
        base_url=f"{BASE}/v1",
        timeout=20,
        max_retries=0,
        dimensions=16,
        check_embedding_ctx_length=token_ids,
    )
    first, second, again = embeddings.embed_documents(["a b", "c d", "a b"])
    assert len(first) == 16 and first == pytest.approx(again) and first != second
    assert embeddings.embed_query("a b") == pytest.approx(first)
    assert asyncio.run(embeddings.aembed_query("a b")) == pytest.approx(first)
