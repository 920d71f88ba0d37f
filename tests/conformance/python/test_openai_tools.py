"""Tool calls through the official OpenAI client."""

import json

import pytest

from streams import finishes, joined_calls
from target import ASK, TOOLS, function_tool, is_weather


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


def test_a_tool_without_parameters_is_called_with_an_empty_object(chat):
    tool = {"type": "function", "function": {"name": "ping"}}
    call = chat(tools=[tool], tool_choice="required").choices[0].message.tool_calls[0]
    assert json.loads(call.function.arguments) == {}
    call = chat(tools=[function_tool("ping", {"type": "object", "properties": {}})]).choices[0]
    assert json.loads(call.message.tool_calls[0].function.arguments) == {}
