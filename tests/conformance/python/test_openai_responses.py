"""The Responses API through the official OpenAI client."""

import pydantic
import pytest

from target import CLOCK, MODEL, WEATHER, is_weather, tokens

TOOL = {"type": "function", "name": "get_weather", "parameters": WEATHER, "strict": True}
SECOND = {"type": "function", "name": "get_time", "parameters": CLOCK, "strict": True}
QUESTION = "Name three rivers, please."


@pytest.fixture
def respond(caller):
    def ask(stream=False, **params):
        params = {"model": MODEL, "input": QUESTION, **params}
        result = caller.client.responses.create(stream=stream, **params)
        return caller.drain(result) if stream else caller.get(result)

    return ask


def test_a_response_has_its_text_and_its_counts(respond):
    reply = respond()
    assert reply.status == "completed" and reply.error is None
    assert reply.usage.input_tokens == tokens(QUESTION)
    assert reply.usage.output_tokens == tokens(reply.output_text) > 0
    assert reply.usage.total_tokens == reply.usage.input_tokens + reply.usage.output_tokens


def test_a_response_that_was_cut_off_is_incomplete(respond):
    reply = respond(max_output_tokens=5)
    assert tokens(reply.output_text) == 5
    assert reply.status == "incomplete"
    assert reply.incomplete_details.reason == "max_output_tokens"
    assert respond(stream=True, max_output_tokens=5)[-1].type == "response.incomplete"


@pytest.mark.parametrize(
    "input",
    [
        [{"role": "user", "content": "Hello there"}],
        [{"role": "user", "content": [{"type": "input_text", "text": "Hello there"}]}],
        [
            {"role": "developer", "content": "Hello"},
            {"type": "message", "role": "user", "content": "there"},
        ],
    ],
    ids=["messages", "parts", "roles"],
)
def test_every_form_of_input_is_read(respond, input):
    reply = respond(input=input)
    assert reply.output_text and reply.usage.input_tokens == 2


def test_the_stream_has_every_event_in_its_order(respond):
    events = respond(stream=True)
    kinds = [event.type for event in events]
    short = list(dict.fromkeys(kinds))
    assert short == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert kinds.count("response.output_text.delta") > 1
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_the_stream_repeats_its_text_at_every_level(respond):
    events = respond(stream=True)
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")

    def only(kind):
        (event,) = [event for event in events if event.type == kind]
        return event

    assert text == respond().output_text
    assert only("response.output_text.done").text == text
    assert only("response.content_part.done").part.text == text
    assert only("response.output_item.done").item.content[0].text == text
    completed = only("response.completed").response
    assert completed.output_text == text and completed.usage.output_tokens == tokens(text)
    assert only("response.created").response.id == completed.id
    assert only("response.created").response.status == "in_progress"


def test_a_function_is_called(respond):
    for choice in ("auto", "required", {"type": "function", "name": "get_weather"}):
        reply = respond(tools=[TOOL], tool_choice=choice)
        (call,) = [item for item in reply.output if item.type == "function_call"]
        assert call.name == "get_weather" and call.call_id and is_weather(call.arguments)
        assert reply.status == "completed"


def test_only_allowed_functions_are_called(respond):
    tools = [{"type": "function", "name": "get_time"}]
    choice = {"type": "allowed_tools", "mode": "auto", "tools": tools}
    reply = respond(tools=[TOOL, SECOND], tool_choice=choice)
    assert [item.name for item in reply.output] == ["get_time"]
    assert len(reply.tools) == 2, "the reply repeats what was offered"


def test_a_response_repeats_its_settings(respond):
    settings = {
        "instructions": "Be brief.",
        "max_output_tokens": 99,
        "max_tool_calls": 3,
        "metadata": {"a": "b"},
        "parallel_tool_calls": False,
        "previous_response_id": "resp_1",
        "store": False,
        "temperature": 0.5,
        "top_p": 0.9,
        "truncation": "auto",
        "user": "u",
    }
    for reply in (respond(**settings), respond(stream=True, **settings)[-1].response):
        assert {name: getattr(reply, name) for name in settings} == settings


def test_a_function_call_is_streamed_in_fragments(respond):
    events = respond(stream=True, tools=[TOOL], tool_choice="required")
    deltas = [e for e in events if e.type == "response.function_call_arguments.delta"]
    (done,) = [e for e in events if e.type == "response.function_call_arguments.done"]
    assert len(deltas) > 1 and "".join(delta.delta for delta in deltas) == done.arguments
    assert is_weather(done.arguments)
    (added,) = [e for e in events if e.type == "response.output_item.added"]
    assert added.item.type == "function_call" and added.item.name == "get_weather"
    assert {delta.item_id for delta in deltas} == {added.item.id}
    final = events[-1].response.output[0]
    assert (final.arguments, final.call_id) == (done.arguments, added.item.call_id)


def test_two_functions_are_two_items(respond):
    params = {"tools": [TOOL, SECOND], "tool_choice": "required"}
    names = [item.name for item in respond(**params).output]
    assert sorted(names) == ["get_time", "get_weather"]
    added = [e for e in respond(stream=True, **params) if e.type == "response.output_item.added"]
    assert [event.output_index for event in added] == [0, 1]
    assert len(respond(parallel_tool_calls=False, **params).output) == 1


def test_a_functions_result_is_answered_in_words(respond):
    (call,) = respond(tools=[TOOL]).output
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    question = {"role": "user", "content": QUESTION}
    reply = respond(input=[question, call.model_dump(exclude_none=True), result], tools=[TOOL])
    assert reply.output_text and [item.type for item in reply.output] == ["message"]


class River(pydantic.BaseModel):
    name: str
    length_km: int
    countries: list[str]


def test_parse_gives_the_asked_for_model(caller):
    reply = caller.get(
        caller.client.responses.parse(model=MODEL, input=QUESTION, text_format=River)
    )
    assert isinstance(reply.output_parsed, River)
    assert River.model_validate_json(reply.output_text, strict=True) == reply.output_parsed


def test_the_stream_helper_follows_text_and_parses(caller):
    events, final = caller.follow(
        caller.client.responses.stream(model=MODEL, input=QUESTION, text_format=River),
        "get_final_response",
    )
    deltas = [event for event in events if event.type == "response.output_text.delta"]
    assert len(deltas) > 1 and deltas[-1].snapshot == final.output_text
    assert isinstance(final.output_parsed, River)


def test_the_stream_helper_follows_a_function_call(caller):
    events, final = caller.follow(
        caller.client.responses.stream(
            model=MODEL, input=QUESTION, tools=[TOOL], tool_choice="required"
        ),
        "get_final_response",
    )
    deltas = [e for e in events if e.type == "response.function_call_arguments.delta"]
    assert deltas[-1].snapshot == final.output[0].arguments


def test_reasoning_is_an_item_of_its_own(respond):
    reply = respond(reasoning={"effort": "low"})
    assert [item.type for item in reply.output] == ["reasoning", "message"]
    assert 0 < reply.usage.output_tokens_details.reasoning_tokens < reply.usage.output_tokens
    added = [
        event.item.type
        for event in respond(stream=True, reasoning={"effort": "low"})
        if event.type == "response.output_item.added"
    ]
    assert added == ["reasoning", "message"]
