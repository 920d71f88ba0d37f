"""Completions, embeddings, models and moderations through the official OpenAI client."""

import base64
import math
import struct

import openai
import pytest

from target import MODEL, tokens


@pytest.fixture
def complete(caller):
    def ask(stream=False, **params):
        params = {"model": MODEL, "prompt": "Once upon a time", **params}
        result = caller.client.completions.create(stream=stream, **params)
        return caller.drain(result) if stream else caller.get(result)

    return ask


@pytest.fixture
def embed(caller):
    def ask(input, **params):
        params = {"model": MODEL, **params}
        return caller.get(caller.client.embeddings.create(input=input, **params))

    return ask


def joined(chunks, index=0):
    return "".join(
        choice.text for chunk in chunks for choice in chunk.choices if choice.index == index
    )


def test_a_completion_has_its_exact_length(complete):
    reply = complete(max_tokens=5)
    assert tokens(reply.choices[0].text) == reply.usage.completion_tokens == 5
    assert reply.usage.prompt_tokens == 4
    assert reply.choices[0].finish_reason == "length"


def test_a_streamed_completion_says_the_same(complete):
    chunks = complete(stream=True, max_tokens=5, stream_options={"include_usage": True})
    assert joined(chunks) == complete(max_tokens=5).choices[0].text
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == 5
    assert len({(chunk.id, chunk.created) for chunk in chunks}) == 1
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices]
    assert reasons[-1] == "length" and set(reasons[:-1]) == {None}


def test_echo_puts_the_prompt_before_the_answer(complete):
    plain = complete(max_tokens=3).choices[0].text
    assert complete(max_tokens=3, echo=True).choices[0].text == "Once upon a time" + plain
    chunks = complete(stream=True, max_tokens=3, echo=True)
    assert joined(chunks) == "Once upon a time" + plain


@pytest.mark.parametrize(
    ("prompt", "choices", "prompt_tokens"),
    [
        ("three short words", 1, 3),
        (["one", "two words"], 2, 3),
        ([11, 22, 33, 44], 1, 4),
        ([[11, 22], [33], [44, 55, 66]], 3, 6),
    ],
    ids=["text", "texts", "token ids", "lists of token ids"],
)
def test_every_form_of_a_prompt_is_answered(complete, prompt, choices, prompt_tokens):
    reply = complete(prompt=prompt, max_tokens=2)
    assert [choice.index for choice in reply.choices] == list(range(choices))
    assert all(tokens(choice.text) == 2 for choice in reply.choices)
    assert reply.usage.prompt_tokens == prompt_tokens
    chunks = complete(stream=True, prompt=prompt, max_tokens=2)
    assert [joined(chunks, i) for i in range(choices)] == [c.text for c in reply.choices]


def test_n_multiplies_the_prompts(complete):
    reply = complete(prompt=["one", "two"], n=2, max_tokens=4)
    assert len({choice.text for choice in reply.choices}) >= 2
    assert [choice.index for choice in reply.choices] == [0, 1, 2, 3]
    assert reply.usage.completion_tokens == 16


def test_completions_have_log_probabilities_in_their_own_form(complete):
    choice = complete(max_tokens=4, logprobs=2).choices[0]
    spelled = choice.logprobs
    assert "".join(spelled.tokens) == choice.text
    assert len(spelled.token_logprobs) == len(spelled.top_logprobs) == 4
    assert all(len(alternatives) == 2 for alternatives in spelled.top_logprobs)
    for offset, token in zip(spelled.text_offset, spelled.tokens):
        assert choice.text[offset:].startswith(token)


def test_a_completion_stops_where_told(complete):
    whole = complete(max_tokens=9).choices[0].text
    word = whole.split()[3]
    reply = complete(max_tokens=9, stop=[word])
    assert whole.startswith(reply.choices[0].text) and word not in reply.choices[0].text
    assert reply.choices[0].finish_reason == "stop"


def length_of(vector):
    return math.sqrt(sum(x * x for x in vector))


@pytest.mark.parametrize(
    ("input", "count", "prompt_tokens"),
    [
        ("three short words", 1, 3),
        (["one", "two words"], 2, 3),
        ([11, 22, 33], 1, 3),
        ([[11, 22], [33]], 2, 3),
    ],
    ids=["text", "texts", "token ids", "lists of token ids"],
)
def test_every_form_of_input_gets_unit_vectors(embed, input, count, prompt_tokens):
    reply = embed(input)
    assert [entry.index for entry in reply.data] == list(range(count))
    assert all(abs(length_of(entry.embedding) - 1) < 1e-4 for entry in reply.data)
    assert reply.usage.prompt_tokens == reply.usage.total_tokens == prompt_tokens


def test_both_encodings_give_the_same_vector(embed):
    by_default = embed("water").data[0].embedding  # the client asks for base64 and decodes it
    as_floats = embed("water", encoding_format="float").data[0].embedding
    as_text = embed("water", encoding_format="base64").data[0].embedding
    assert isinstance(as_text, str)
    raw = base64.b64decode(as_text, validate=True)
    decoded = struct.unpack(f"<{len(raw) // 4}f", raw)
    assert len(by_default) == len(as_floats) == len(decoded)
    for a, b, c in zip(by_default, as_floats, decoded):
        assert a == pytest.approx(b, abs=1e-7) and a == pytest.approx(c, abs=1e-7)


@pytest.mark.parametrize("dimensions", [1, 2, 256, 1536])
def test_dimensions_are_honoured(embed, dimensions):
    vector = embed("water", dimensions=dimensions).data[0].embedding
    assert len(vector) == dimensions
    assert abs(length_of(vector) - 1) < 1e-4


def test_the_text_decides_the_vector(embed):
    first, again, other = (embed(text).data[0].embedding for text in ("a b", "a b", "c d"))
    assert first == again and first != other
    both = embed(["c d", "a b"]).data
    assert both[0].embedding == other and both[1].embedding == first


def test_models_are_listed_and_found(caller):
    listed = caller.drain(caller.client.models.list())
    assert MODEL in [model.id for model in listed]
    found = caller.get(caller.client.models.retrieve(MODEL))
    assert found in listed and found.object == "model" and found.owned_by


def test_an_unknown_model_is_not_found(caller):
    with pytest.raises(openai.NotFoundError) as caught:
        caller.get(caller.client.models.retrieve("no-such-model"))
    assert caught.value.code == "model_not_found" and "no-such-model" in caught.value.message


def test_moderations_answer_for_each_input(caller):
    for input, count in (("a kind word", 1), (["one", "two", "three"], 3)):
        reply = caller.get(caller.client.moderations.create(input=input))
        assert len(reply.results) == count and reply.model
        for result in reply.results:
            assert result.flagged is False
            assert result.categories.self_harm is False
            assert 0 <= result.category_scores.violence_graphic < 1
