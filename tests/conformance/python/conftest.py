"""Every test of the OpenAI client runs twice: with the blocking and the asynchronous client."""

import asyncio
import inspect

import openai
import pytest

import target

TIMEOUT_S = 20


class Blocking:
    """Calls a client and reads its streams."""

    def __init__(self, **options):
        self.client = openai.OpenAI(base_url=f"{target.BASE}/v1", timeout=TIMEOUT_S, **options)

    def get(self, result):
        return result

    def drain(self, stream):
        return list(self.get(stream))

    def follow(self, manager, final):
        """The events of a stream helper, and what its method `final` gives at the end."""
        with manager as stream:
            events = list(stream)
            return events, getattr(stream, final)()

    def close(self):
        self.client.close()


class Asynchronous:
    """The same for the asynchronous client, on an event loop of its own."""

    def __init__(self, **options):
        self.loop = asyncio.new_event_loop()
        self.client = openai.AsyncOpenAI(base_url=f"{target.BASE}/v1", timeout=TIMEOUT_S, **options)

    def get(self, result):
        async def wait():
            return await result

        return self.loop.run_until_complete(wait()) if inspect.isawaitable(result) else result

    def drain(self, stream):
        async def read():
            opened = await stream if inspect.isawaitable(stream) else stream
            return [item async for item in opened]

        return self.loop.run_until_complete(read())

    def follow(self, manager, final):
        async def read():
            async with manager as stream:
                events = [event async for event in stream]
                result = getattr(stream, final)()
                return events, await result if inspect.isawaitable(result) else result

        return self.loop.run_until_complete(read())

    def close(self):
        self.get(self.client.close())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


@pytest.fixture(params=[Blocking, Asynchronous], ids=["sync", "async"])
def make_caller(request):
    """A function that makes a caller with options of the client; all are closed after the test."""
    made = []

    def make(**options):
        made.append(request.param(**options))
        return made[-1]

    yield make
    for caller in made:
        caller.close()


@pytest.fixture
def caller(make_caller):
    """A client that does not retry, so that a test sees the first thing that goes wrong."""
    return make_caller(max_retries=0)


@pytest.fixture
def chat(caller):
    """Asks for a chat completion: the whole one, or with stream=True a list of chunks."""

    def ask(stream=False, **params):
        params = {"model": target.MODEL, "messages": target.ASK, **params}
        result = caller.client.chat.completions.create(stream=stream, **params)
        return caller.drain(result) if stream else caller.get(result)

    return ask
