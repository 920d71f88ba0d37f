"""A pass-through as many teams write their first gateway: FastAPI in front, httpx behind.

BACKEND_URL is where requests go. NEW_CLIENT=1 makes a client for each request, as code does that
writes `async with httpx.AsyncClient()` in its handler: every request then opens a connection.
"""

import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

BACKEND = os.environ["BACKEND_URL"]
NEW_CLIENT = os.environ.get("NEW_CLIENT") == "1"
PASSED_ON = ("content-type", "authorization", "accept")


def make_client():
    limits = httpx.Limits(max_connections=1024, max_keepalive_connections=1024)
    return httpx.AsyncClient(base_url=BACKEND, timeout=60, limits=limits)


@asynccontextmanager
async def lifespan(app):
    async with make_client() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/healthz")
async def health():
    return {"status": "OK"}


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def relay(path: str, request: Request):
    client = make_client() if NEW_CLIENT else request.app.state.client
    outgoing = client.build_request(
        request.method,
        "/" + path,
        content=await request.body(),
        headers={k: v for k, v in request.headers.items() if k in PASSED_ON},
    )
    reply = await client.send(outgoing, stream=True)
    media_type = reply.headers.get("content-type", "application/json")

    async def close():
        await reply.aclose()
        if NEW_CLIENT:
            await client.aclose()

    if media_type.startswith("text/event-stream"):

        async def body():
            try:
                async for piece in reply.aiter_raw():
                    yield piece
            finally:
                await close()

        return StreamingResponse(body(), status_code=reply.status_code, media_type=media_type)
    content = await reply.aread()
    await close()
    return Response(content, status_code=reply.status_code, media_type=media_type)
