"""Chat completions through the official OpenAI client."""

import json

import pytest

from streams import finishes, joined
from target import ASK, MODEL, tokens


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


@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high", "xhigh", "max"])
def test_every_effort_reasons(chat, effort):
    assert chat(reasoning_effort=effort).choices[0].message.reasoning_content


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
