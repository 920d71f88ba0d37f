"""Every way a request can fail, as the official OpenAI client reports it."""

import logging
import re

import httpx
import openai
import pytest

from target import ASK, FAULT_HEADER, FAULTS, MODEL, counted, fault, status_fault, tokens

CLASSES = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    408: openai.APIStatusError,
    409: openai.ConflictError,
    413: openai.APIStatusError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    502: openai.InternalServerError,
    503: openai.InternalServerError,
    504: openai.InternalServerError,
}
RETRIED = (408, 409, 429, 500, 502, 503, 504)


def ask(caller, stream=False, **params):
    params = {"model": MODEL, "messages": ASK, "max_tokens": 8, **params}
    result = caller.client.chat.completions.create(stream=stream, **params)
    return caller.drain(result) if stream else caller.get(result)


def check_error_object(error, status):
    """All four keys are there, and the client found them."""
    assert error.status_code == status
    assert set(error.body) == {"message", "type", "param", "code"}
    assert error.body["message"] and error.body["type"]
    assert error.type == error.body["type"] and error.code == error.body["code"]
    assert error.request_id == error.response.headers["x-request-id"]


@pytest.mark.parametrize("status", CLASSES)
@pytest.mark.parametrize("stream", [False, True], ids=["unary", "stream"])
def test_every_status_raises_its_class(caller, status, stream):
    with pytest.raises(CLASSES[status]) as caught:
        ask(caller, stream, extra_headers={"X-Return-Error": str(status)})
    check_error_object(caught.value, status)


@pytest.mark.parametrize("status", CLASSES)
def test_a_status_fault_raises_the_same_class(caller, status):
    with pytest.raises(CLASSES[status]) as caught:
        ask(caller, extra_headers=status_fault(status))
    check_error_object(caught.value, status)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"n": 1_000_000_000}, "n"),
        ({"n": 0}, "n"),
        ({"max_tokens": 4_000_000_000}, "max_tokens"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"messages": []}, "messages"),
        ({"stop": ["x"] * 1000}, "stop"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_parameter_out_of_bounds_is_named(caller, params, param):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(caller, **params)
    check_error_object(caught.value, 400)
    assert caught.value.param == param and caught.value.type == "invalid_request_error"


@pytest.mark.parametrize("dimensions", [0, 1_000_000_000])
def test_dimensions_out_of_bounds_are_named(caller, dimensions):
    with pytest.raises(openai.BadRequestError) as caught:
        caller.get(
            caller.client.embeddings.create(model=MODEL, input="x", dimensions=dimensions)
        )
    assert caught.value.param == "dimensions"


def test_an_unknown_model_is_not_found_anywhere(caller):
    client = caller.client
    requests = [
        lambda: client.chat.completions.create(model="nobody", messages=ASK),
        lambda: client.completions.create(model="nobody", prompt="x"),
        lambda: client.embeddings.create(model="nobody", input="x"),
        lambda: client.responses.create(model="nobody", input="x"),
    ]
    for request in requests:
        with pytest.raises(openai.NotFoundError) as caught:
            caller.get(request())
        check_error_object(caught.value, 404)
        assert caught.value.code == "model_not_found"


def test_a_body_that_is_no_json_is_refused(caller):
    with pytest.raises(openai.BadRequestError) as caught:
        caller.get(caller.client.post("/chat/completions", cast_to=object, content=b'{"model":'))
    check_error_object(caught.value, 400)


def test_an_unknown_path_is_not_found(caller):
    with pytest.raises(openai.NotFoundError) as caught:
        caller.get(caller.client.get("/no/such/path", cast_to=object))
    check_error_object(caught.value, 404)


@pytest.mark.parametrize("status", RETRIED)
def test_what_may_pass_is_tried_three_times_at_the_pace_it_says(make_caller, caplog, status):
    caplog.set_level(logging.INFO, logger="openai")
    with counted() as requests, pytest.raises(CLASSES[status]):
        ask(make_caller(), extra_headers=status_fault(status, retry_after_ms=30))
    assert requests == [3]
    assert re.findall(r"Retrying request to \S+ in ([\d.]+) seconds", caplog.text) == [
        "0.030000",
        "0.030000",
    ]


@pytest.mark.parametrize("status", [status for status in CLASSES if status not in RETRIED])
def test_what_will_not_pass_is_tried_once(make_caller, status):
    with counted() as requests, pytest.raises(CLASSES[status]):
        ask(make_caller(), extra_headers=status_fault(status))
    assert requests == [1]


def test_the_server_may_forbid_or_ask_for_another_try(make_caller):
    with counted() as requests, pytest.raises(openai.InternalServerError):
        ask(make_caller(), extra_headers=fault("status_never_retry"))
    assert requests == [1]
    with counted() as requests, pytest.raises(openai.BadRequestError):
        ask(make_caller(), extra_headers=fault("status_always_retry"))
    assert requests == [3]


def test_a_refusal_by_name_is_retried_by_default(make_caller):
    with counted() as requests, pytest.raises(openai.RateLimitError):
        ask(make_caller(max_retries=1), extra_headers={"X-Return-Error": "429"})
    assert requests == [2]


def test_no_server_is_a_connection_error(caller):
    # Port 9 (discard) is below the ports a kernel hands out, so no server of a test is there.
    client = caller.client.with_options(base_url="http://127.0.0.1:9/v1")
    with pytest.raises(openai.APIConnectionError) as caught:
        caller.get(client.models.list())
    assert not isinstance(caught.value, openai.APITimeoutError)


def test_a_stalled_header_is_a_timeout(caller):
    with pytest.raises(openai.APITimeoutError):
        ask(caller, timeout=0.2, extra_headers=fault("header_stall"))


def read_until_it_breaks(caller, headers, **params):
    """The chunks that came, and what ended the stream."""
    chunks = []

    async def read_async(stream):
        async for chunk in await stream:
            chunks.append(chunk)

    stream = caller.client.chat.completions.create(
        model=MODEL, messages=ASK, max_tokens=8, stream=True, extra_headers=headers, **params
    )
    try:
        if isinstance(caller.client, openai.AsyncOpenAI):
            caller.get(read_async(stream))
        else:
            for chunk in stream:
                chunks.append(chunk)
    except Exception as error:  # what it is, is what the test is about
        return chunks, error
    return chunks, None


def test_an_error_in_the_middle_of_a_stream_is_raised(caller):
    chunks, error = read_until_it_breaks(caller, fault("error_midstream"))
    assert len(chunks) >= 3
    assert type(error) is openai.APIError
    assert set(error.body) == {"message", "type", "param", "code"}
    assert error.message == error.body["message"]


@pytest.mark.parametrize("name", ["fin_midstream", "rst_midstream"])
def test_a_stream_that_breaks_off_does_not_end_quietly(caller, name):
    chunks, error = read_until_it_breaks(caller, fault(name))
    assert chunks and error is not None
    assert not any(choice.finish_reason for chunk in chunks for choice in chunk.choices)


def test_a_stream_that_stalls_times_out(caller):
    chunks, error = read_until_it_breaks(caller, fault("stall_midstream"), timeout=0.3)
    # The client hands on what its HTTP library says once the stream is open.
    assert chunks and isinstance(error, (openai.APITimeoutError, httpx.ReadTimeout))


def test_a_missing_done_is_forgiven(caller):
    chunks, error = read_until_it_breaks(caller, fault("missing_done"))
    assert error is None and chunks[-1].choices[0].finish_reason == "length"


def test_a_truncated_body_is_no_reply(caller):
    with pytest.raises(openai.APIConnectionError):
        ask(caller, extra_headers=fault("truncated_body"))


def test_malformed_json_is_no_reply(caller):
    with pytest.raises(Exception) as caught:
        ask(caller, extra_headers=fault("malformed_json"))
    assert "json" in f"{type(caught.value).__name__} {caught.value}".lower()


@pytest.mark.parametrize("name", FAULTS["harmless"])
def test_a_stream_framed_otherwise_reads_the_same(caller, name):
    plain, _ = read_until_it_breaks(caller, {})
    framed, error = read_until_it_breaks(caller, {FAULT_HEADER: FAULTS["harmless"][name]})
    assert error is None
    assert [chunk.choices for chunk in framed] == [chunk.choices for chunk in plain]


def test_a_character_split_between_writes_is_whole_again(caller):
    chunks, error = read_until_it_breaks(caller, fault("split_character"))
    assert error is None
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert not text.isascii() and "\ufffd" not in text and tokens(text) == 8


def test_a_proxys_error_page_is_an_error_of_its_status(caller):
    with pytest.raises(openai.InternalServerError) as caught:
        ask(caller, extra_headers=fault("html_body"))
    assert caught.value.status_code == 502
    assert caught.value.response.headers["content-type"].startswith("text/html")


def test_an_empty_body_is_no_reply(caller):
    with pytest.raises(Exception) as caught:
        ask(caller, extra_headers=fault("empty_body"))
    assert "json" in f"{type(caught.value).__name__} {caught.value}".lower()


def test_the_server_goes_on_after_all_of_this(caller):
    assert ask(caller).choices[0].message.content
