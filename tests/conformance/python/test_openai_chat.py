"""Chat completions through the official OpenAI client."""

import enum
import json
from typing import List, Optional

import openai
import pydantic
import pytest

from target import ASK, MODEL, TOOLS, function_tool, is_weather, tokens


def joined(chunks, index=0):
    """The content of one choice of a stream."""
    return "".join(
        choice.delta.content or ""
        for chunk in chunks
        for choice in chunk.choices
        if choice.index == index
    )


def finishes(chunks):
    return {
        choice.index: choice.finish_reason
        for chunk in chunks
        for choice in chunk.choices
        if choice.finish_reason
    }


def joined_calls(chunks, index=0):
    """The tool calls of one choice of a stream: [(id, name, arguments, fragments)]."""
    calls = {}
    for chunk in chunks:
        for choice in chunk.choices:
            for part in choice.delta.tool_calls or [] if choice.index == index else []:
                if part.index not in calls:
                    assert part.id and part.type == "function" and part.function.name
                    calls[part.index] = [part.id, part.function.name, "", 0]
                else:
                    assert part.id is None and part.function.name is None
                calls[part.index][2] += part.function.arguments or ""
                calls[part.index][3] += 1
    assert sorted(calls) == list(range(len(calls)))
    return [calls[i] for i in sorted(calls)]


def test_a_reply_says_who_speaks_what_and_why_it_ended(chat):
    reply = chat(max_tokens=7)
    choice = reply.choices[0]
    assert choice.message.role == "assistant"
    assert tokens(choice.message.content) == 7
    assert choice.finish_reason == "length"
    assert reply.model == MODEL
    assert reply.usage.completion_tokens == 7
    assert reply.usage.prompt_tokens == tokens(ASK[0]["content"])
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + 7
    assert reply._request_id


def test_an_answer_that_ends_by_itself_says_stop(chat):
    assert chat().choices[0].finish_reason == "stop"
    assert finishes(chat(stream=True)) == {0: "stop"}


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("count", [1, 2, 19])
def test_both_names_of_the_limit_are_exact(chat, limit, count):
    reply = chat(**{limit: count})
    assert tokens(reply.choices[0].message.content) == reply.usage.completion_tokens == count
    chunks = chat(stream=True, **{limit: count})
    assert tokens(joined(chunks)) == count
    assert finishes(chunks) == {0: "length"}


def test_a_stream_says_what_the_whole_reply_says(chat):
    chunks = chat(stream=True, max_tokens=9)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert joined(chunks) == chat(max_tokens=9).choices[0].message.content
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1


def test_usage_comes_last_in_a_stream_that_asks_for_it(chat):
    chunks = chat(stream=True, max_tokens=5, stream_options={"include_usage": True})
    *before, last = chunks
    assert last.choices == [] and last.usage.completion_tokens == 5
    assert all(chunk.usage is None and chunk.choices for chunk in before)
    assert not any(chunk.usage for chunk in chat(stream=True, max_tokens=5))


def test_choices_are_distinct_in_both_modes(chat):
    reply = chat(n=3, max_tokens=6)
    texts = [choice.message.content for choice in reply.choices]
    assert [choice.index for choice in reply.choices] == [0, 1, 2]
    assert len(set(texts)) == 3
    assert reply.usage.completion_tokens == 18
    chunks = chat(stream=True, n=3, max_tokens=6)
    assert [joined(chunks, index) for index in range(3)] == texts
    assert finishes(chunks) == {0: "length", 1: "length", 2: "length"}


def test_the_seed_decides_the_text(chat):
    def said(seed):
        return chat(seed=seed, max_tokens=12).choices[0].message.content

    assert said(1) == said(1)
    assert len({said(seed) for seed in range(5)}) > 1


def test_a_stop_sequence_ends_the_text_before_itself(chat):
    whole = chat(max_tokens=12).choices[0].message.content
    word = whole.split()[4]
    for ask in (word, ["nowhere to be found", word]):
        reply = chat(max_tokens=12, stop=ask)
        text = reply.choices[0].message.content
        assert whole.startswith(text) and word not in text
        assert reply.choices[0].finish_reason == "stop"
        chunks = chat(stream=True, max_tokens=12, stop=ask)
        assert joined(chunks) == text and finishes(chunks) == {0: "stop"}


@pytest.mark.parametrize("top", [0, 1, 5, 20])
def test_log_probabilities_spell_the_text(chat, top):
    choice = chat(max_tokens=6, logprobs=True, top_logprobs=top).choices[0]
    chunks = chat(stream=True, max_tokens=6, logprobs=True, top_logprobs=top)
    streamed = [
        entry
        for chunk in chunks
        for part in chunk.choices
        if part.logprobs
        for entry in part.logprobs.content or []
    ]
    for entries in (choice.logprobs.content, streamed):
        assert len(entries) == 6
        assert "".join(entry.token for entry in entries) == choice.message.content
        for entry in entries:
            assert entry.logprob <= 0 and bytes(entry.bytes).decode() == entry.token
            assert len(entry.top_logprobs) == top
            ranked = [other.logprob for other in entry.top_logprobs]
            assert ranked == sorted(ranked, reverse=True)
            if top:
                assert entry.token in [other.token for other in entry.top_logprobs]
                assert len({other.token for other in entry.top_logprobs}) == top


def test_no_log_probabilities_unless_asked(chat):
    assert chat(max_tokens=2).choices[0].logprobs is None


def test_reasoning_comes_before_the_answer_and_is_counted(chat):
    reply = chat(reasoning_effort="low")
    message = reply.choices[0].message
    assert message.reasoning_content and message.content
    thought = reply.usage.completion_tokens_details.reasoning_tokens
    assert thought == tokens(message.reasoning_content) > 0
    assert reply.usage.completion_tokens == thought + tokens(message.content)
    chunks = chat(stream=True, reasoning_effort="low")
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    reasons = [i for i, delta in enumerate(deltas) if getattr(delta, "reasoning_content", None)]
    speaks = [i for i, delta in enumerate(deltas) if delta.content]
    assert max(reasons) < min(speaks)
    assert "".join(deltas[i].reasoning_content for i in reasons) == message.reasoning_content


def test_a_named_tool_is_called(chat):
    params = {
        "tools": TOOLS,
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
    }
    choice = chat(**params).choices[0]
    (call,) = choice.message.tool_calls
    assert call.type == "function" and call.id and call.function.name == "get_weather"
    assert is_weather(call.function.arguments)
    assert choice.message.content is None
    # OpenAI says "stop" where the caller named the function; many servers say "tool_calls".
    assert choice.finish_reason in ("tool_calls", "stop")
    ((_, name, arguments, fragments),) = joined_calls(chat(stream=True, **params))
    assert (name, arguments) == ("get_weather", call.function.arguments)
    assert fragments > 2


@pytest.mark.parametrize("tool_choice", ["auto", "required"])
def test_a_tool_is_called_where_tools_are_offered(chat, tool_choice):
    params = {"tools": TOOLS[:1], "tool_choice": tool_choice}
    choice = chat(**params).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert is_weather(choice.message.tool_calls[0].function.arguments)
    chunks = chat(stream=True, **params)
    assert finishes(chunks) == {0: "tool_calls"}
    assert [call[1] for call in joined_calls(chunks)] == ["get_weather"]


def test_only_allowed_tools_are_called(chat):
    allowed = {"mode": "required", "tools": [TOOLS[1]]}
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    calls = chat(tools=TOOLS, tool_choice=choice).choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_time"]


@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high", "xhigh", "max"])
def test_every_effort_reasons(chat, effort):
    assert chat(reasoning_effort=effort).choices[0].message.reasoning_content


def test_no_tool_is_called_where_none_is_wanted(chat):
    choice = chat(tools=TOOLS, tool_choice="none").choices[0]
    assert choice.message.content and not choice.message.tool_calls


def test_parallel_calls_have_their_own_indexes_and_ids(chat):
    calls = chat(tools=TOOLS, tool_choice="required").choices[0].message.tool_calls
    assert {call.function.name for call in calls} == {"get_weather", "get_time"}
    assert len({call.id for call in calls}) == len(calls)
    streamed = joined_calls(chat(stream=True, tools=TOOLS, tool_choice="required"))
    assert [(id, name, text) for id, name, text, _ in streamed] == [
        (call.id, call.function.name, call.function.arguments) for call in calls
    ]


def test_parallel_calls_can_be_refused(chat):
    params = {"tools": TOOLS, "tool_choice": "required", "parallel_tool_calls": False}
    assert len(chat(**params).choices[0].message.tool_calls) == 1
    assert len(joined_calls(chat(stream=True, **params))) == 1


def test_a_tools_result_is_answered_in_words(chat):
    asked = chat(tools=TOOLS[:1]).choices[0].message
    result = {"role": "tool", "tool_call_id": asked.tool_calls[0].id, "content": "sunny"}
    choice = chat(messages=[*ASK, asked, result], tools=TOOLS[:1]).choices[0]
    assert choice.message.content and not choice.message.tool_calls
    assert choice.finish_reason == "stop"


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


def test_json_mode_gives_a_json_object(chat):
    for stream in (False, True):
        reply = chat(stream=stream, response_format={"type": "json_object"})
        text = joined(reply) if stream else reply.choices[0].message.content
        assert isinstance(json.loads(text), dict)


def test_content_may_come_in_parts(chat):
    parts = [{"type": "text", "text": "two words"}, {"type": "text", "text": "and three more"}]
    reply = chat(messages=[{"role": "user", "content": parts}], max_tokens=1)
    assert reply.usage.prompt_tokens == 5


def test_every_role_and_a_picture_are_accepted(chat):
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "system", "content": "Be kind."},
        {"role": "user", "name": "someone", "content": "Hello"},
        {"role": "assistant", "content": "Hello."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
            ],
        },
    ]
    assert chat(messages=messages, max_tokens=2).choices[0].message.content


def test_a_tool_without_parameters_is_called_with_an_empty_object(chat):
    tool = {"type": "function", "function": {"name": "ping"}}
    call = chat(tools=[tool], tool_choice="required").choices[0].message.tool_calls[0]
    assert json.loads(call.function.arguments) == {}
    call = chat(tools=[function_tool("ping", {"type": "object", "properties": {}})]).choices[0]
    assert json.loads(call.message.tool_calls[0].function.arguments) == {}


def test_the_raw_reply_has_the_headers_of_the_api(caller):
    raw = caller.get(
        caller.client.chat.completions.with_raw_response.create(
            model=MODEL, messages=ASK, max_tokens=1
        )
    )
    assert raw.headers["content-type"].startswith("application/json")
    assert raw.headers["x-request-id"] and raw.request_id == raw.headers["x-request-id"]
    assert raw.headers["openai-version"] == "2020-10-01"
    assert float(raw.headers["openai-processing-ms"]) >= 0
    assert raw.parse().choices[0].message.content


def test_every_request_has_an_id_of_its_own(chat):
    replies = [chat(max_tokens=1) for _ in range(8)]
    assert len({reply.id for reply in replies}) == 8
    assert len({reply._request_id for reply in replies}) == 8
