// Every way a request can fail, as the official OpenAI client reports it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';

import { API, ASK, FAULTS, FAULT_HEADER, MODEL } from './target.mjs';
import { client, counted, fault, readUntilItBreaks, statusFault, tokens } from './target.mjs';

const CLASSES = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  403: OpenAI.PermissionDeniedError,
  404: OpenAI.NotFoundError,
  408: OpenAI.APIError,
  409: OpenAI.ConflictError,
  413: OpenAI.APIError,
  422: OpenAI.UnprocessableEntityError,
  429: OpenAI.RateLimitError,
  500: OpenAI.InternalServerError,
  502: OpenAI.InternalServerError,
  503: OpenAI.InternalServerError,
  504: OpenAI.InternalServerError,
};
const RETRIED = [408, 409, 429, 500, 502, 503, 504];
const retries = { maxRetries: undefined }; // the client's own default

const ask = (headers = {}, params = {}, options = {}) =>
  client(options).chat.completions.create(
    { model: MODEL, messages: ASK, max_tokens: 8, ...params },
    { headers },
  );
const read = (headers) => readUntilItBreaks(ask(headers, { stream: true }));

for (const [status, kind] of Object.entries(CLASSES)) {
  test(`${status} raises its class with all four keys`, async () => {
    for (const headers of [{ 'X-Return-Error': status }, statusFault(status)]) {
      for (const stream of [false, true]) {
        await assert.rejects(ask(headers, { stream }), (error) => {
          assert.ok(error instanceof kind);
          assert.equal(error.status, Number(status));
          const keys = Object.keys(error.error).sort();
          assert.deepEqual(keys, ['code', 'message', 'param', 'type']);
          assert.equal(error.type, error.error.type);
          assert.ok(error.requestID);
          return true;
        });
      }
    }
  });

  const tries = RETRIED.includes(Number(status)) ? 3 : 1;
  test(`${status} is tried ${tries} times`, async () => {
    const count = await counted(() => assert.rejects(ask(statusFault(status), {}, retries), kind));
    assert.equal(count, tries);
  });
}

test('the server may forbid or ask for another try', async () => {
  const tries = (name) => counted(() => assert.rejects(ask(fault(name), {}, retries)));
  assert.equal(await tries('status_never_retry'), 1);
  assert.equal(await tries('status_always_retry'), 3);
});

test('a parameter out of bounds is named', async () => {
  for (const [param, params] of [
    ['n', { n: 1e9 }],
    ['max_tokens', { max_tokens: -1 }],
    ['top_logprobs', { logprobs: true, top_logprobs: 21 }],
    ['messages', { messages: [] }],
  ]) {
    await assert.rejects(ask({}, params), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, param);
      return true;
    });
  }
});

test('no server is a connection error', async () => {
  // Port 9 (discard) is below the ports a kernel hands out, so no server of a test is there; fetch
  // refuses to try it, which is one more way not to connect.
  const nobody = client({ baseURL: API.replace(/:\d+/, ':9') });
  await assert.rejects(nobody.models.list(), OpenAI.APIConnectionError);
});

test('a stalled header is a timeout', async () => {
  const stalled = ask(fault('header_stall'), {}, { timeout: 200 });
  await assert.rejects(stalled, OpenAI.APIConnectionTimeoutError);
});

test('an error in the middle of a stream is raised', async () => {
  const [chunks, error] = await read(fault('error_midstream'));
  assert.ok(chunks.length >= 3);
  assert.ok(error instanceof OpenAI.APIError);
  assert.deepEqual(Object.keys(error.error).sort(), ['code', 'message', 'param', 'type']);
});

for (const name of ['fin_midstream', 'rst_midstream']) {
  test(`a stream that breaks off does not end quietly: ${name}`, async () => {
    const [chunks, error] = await read(fault(name));
    assert.ok(chunks.length > 0);
    assert.ok(error);
    assert.ok(chunks.every((chunk) => chunk.choices[0].finish_reason === null));
  });
}

test('a missing [DONE] is forgiven', async () => {
  const [chunks, error] = await read(fault('missing_done'));
  assert.equal(error, null);
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'length');
});

for (const name of ['truncated_body', 'malformed_json']) {
  test(`no reply can be made of it: ${name}`, async () => {
    await assert.rejects(ask(fault(name)));
  });
}

test('an empty body is nothing', async () => {
  assert.equal(await ask(fault('empty_body')), undefined);
});

test("a proxy's error page is an error of its status", async () => {
  await assert.rejects(ask(fault('html_body')), OpenAI.InternalServerError);
});

for (const [name, value] of Object.entries(FAULTS.harmless)) {
  test(`a stream reads the same with ${name}`, async () => {
    const [plain] = await read({});
    const [framed, error] = await read({ [FAULT_HEADER]: value });
    assert.equal(error, null);
    const choices = (chunks) => chunks.map((chunk) => chunk.choices);
    assert.deepEqual(choices(framed), choices(plain));
  });
}

test('a character split between writes is whole again', async () => {
  const [chunks, error] = await read(fault('split_character'));
  assert.equal(error, null);
  const text = chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('');
  assert.ok(/[^\x00-\x7f]/.test(text) && !text.includes('\ufffd'));
  assert.equal(tokens(text), 8);
});
