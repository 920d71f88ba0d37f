"""The official OpenAI client's own helpers: parsing into models, and streams that follow a reply."""

import enum
from typing import List, Optional

import openai
import pydantic
import pytest

from target import ASK, MODEL, tokens


class Mood(enum.Enum):
    calm = "calm"
    wild = "wild"


class Spring(pydantic.BaseModel):
    height_m: float
    country: str


class River(pydantic.BaseModel):
    name: str
    length_km: int
    navigable: bool
    mood: Mood
    spring: Spring
    nickname: Optional[str]
    tributaries: List[str]
    mouths: List[Spring]


class Branch(pydantic.BaseModel):
    label: str
    branches: List["Branch"]


@pytest.mark.parametrize("shape", [Spring, River, Branch])
def test_parse_gives_the_asked_for_model(caller, shape):
    reply = caller.get(
        caller.client.chat.completions.parse(model=MODEL, messages=ASK, response_format=shape)
    )
    message = reply.choices[0].message
    assert isinstance(message.parsed, shape)
    assert shape.model_validate_json(message.content, strict=True) == message.parsed


@pytest.mark.parametrize("shape", [Spring, River, Branch])
def test_the_stream_helper_parses_too(caller, shape):
    events, final = caller.follow(
        caller.client.chat.completions.stream(model=MODEL, messages=ASK, response_format=shape),
        "get_final_completion",
    )
    assert isinstance(final.choices[0].message.parsed, shape)
    kinds = [event.type for event in events]
    assert kinds.count("content.delta") > 1 and kinds.count("content.done") == 1


def test_parse_reports_an_answer_that_was_cut_off(caller):
    with pytest.raises(openai.LengthFinishReasonError):
        caller.get(
            caller.client.chat.completions.parse(
                model=MODEL, messages=ASK, response_format=River, max_tokens=1
            )
        )


def test_parse_reads_the_arguments_of_strict_tools(caller):
    tool = openai.pydantic_function_tool(River, name="store_river")
    reply = caller.get(
        caller.client.chat.completions.parse(
            model=MODEL, messages=ASK, tools=[tool], tool_choice="required"
        )
    )
    assert isinstance(reply.choices[0].message.tool_calls[0].function.parsed_arguments, River)


def test_the_stream_helper_follows_text(caller):
    events, final = caller.follow(
        caller.client.chat.completions.stream(model=MODEL, messages=ASK),
        "get_final_completion",
    )
    text = "".join(event.delta for event in events if event.type == "content.delta")
    assert text == final.choices[0].message.content and tokens(text) > 1
    assert final.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("shape", [{"response_format": River}, {}], ids=["model", "text"])
def test_the_stream_helper_reports_an_answer_that_was_cut_off(caller, shape):
    # The client does so even where there is nothing to parse.
    with pytest.raises(openai.LengthFinishReasonError):
        caller.follow(
            caller.client.chat.completions.stream(
                model=MODEL, messages=ASK, max_tokens=1, **shape
            ),
            "get_final_completion",
        )


def test_the_stream_helper_follows_tool_arguments(caller):
    events, final = caller.follow(
        caller.client.chat.completions.stream(
            model=MODEL,
            messages=ASK,
            tools=[openai.pydantic_function_tool(Spring, name="store_spring")],
            tool_choice="required",
        ),
        "get_final_completion",
    )
    deltas = [e for e in events if e.type == "tool_calls.function.arguments.delta"]
    (done,) = [e for e in events if e.type == "tool_calls.function.arguments.done"]
    assert len(deltas) > 1 and deltas[-1].arguments == done.arguments
    assert isinstance(final.choices[0].message.tool_calls[0].function.parsed_arguments, Spring)


def test_the_stream_helper_follows_log_probabilities(caller):
    events, final = caller.follow(
        caller.client.chat.completions.stream(
            model=MODEL, messages=ASK, logprobs=True, top_logprobs=2
        ),
        "get_final_completion",
    )
    deltas = [event for event in events if event.type == "logprobs.content.delta"]
    entries = final.choices[0].logprobs.content
    assert len(deltas) == len(entries) == tokens(final.choices[0].message.content)
