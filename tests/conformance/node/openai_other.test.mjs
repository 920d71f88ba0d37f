// Everything but chat through the official OpenAI client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';

import { Clock, MODEL, QUESTION, River, Weather } from './target.mjs';
import { client, drain, responsesTool, tokens } from './target.mjs';

const respond = (params) => client().responses.create({ model: MODEL, input: QUESTION, ...params });

test('a completion and its stream say the same', async () => {
  const params = { model: MODEL, prompt: 'Once upon a time', max_tokens: 5 };
  const reply = await client().completions.create(params);
  assert.equal(tokens(reply.choices[0].text), 5);
  const chunks = await drain(await client().completions.create({ ...params, stream: true }));
  assert.equal(chunks.map((chunk) => chunk.choices[0].text).join(''), reply.choices[0].text);
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'length');
});

test('prompts may be texts, token ids and lists of them', async () => {
  for (const [prompt, count, promptTokens] of [
    [['one', 'two words'], 2, 3],
    [[11, 22, 33], 1, 3],
    [[[11, 22], [33]], 2, 3],
  ]) {
    const reply = await client().completions.create({ model: MODEL, prompt, max_tokens: 2 });
    assert.equal(reply.choices.length, count);
    assert.equal(reply.usage.prompt_tokens, promptTokens);
  }
});

test('echo puts the prompt before the answer', async () => {
  const reply = await client().completions.create({
    model: MODEL,
    prompt: 'Once upon a time',
    max_tokens: 2,
    echo: true,
  });
  assert.ok(reply.choices[0].text.startsWith('Once upon a time'));
});

test('embeddings are the same in both encodings, and of length one', async () => {
  const params = { model: MODEL, input: ['a b', 'c d'] };
  const decoded = (await client().embeddings.create(params)).data;
  const floats = (await client().embeddings.create({ ...params, encoding_format: 'float' })).data;
  const base64 = (await client().embeddings.create({ ...params, encoding_format: 'base64' })).data;
  assert.equal(typeof base64[0].embedding, 'string');
  for (const [i, entry] of decoded.entries()) {
    assert.equal(entry.index, i);
    assert.equal(entry.embedding.length, floats[i].embedding.length);
    for (const [j, value] of entry.embedding.entries()) {
      assert.ok(Math.abs(value - floats[i].embedding[j]) < 1e-6);
    }
    const length = Math.hypot(...entry.embedding);
    assert.ok(Math.abs(length - 1) < 1e-4, `length ${length}`);
  }
});

test('dimensions are honoured and token ids are read', async () => {
  for (const input of ['text', [1, 2, 3], [[1, 2], [3]]]) {
    const { data } = await client().embeddings.create({ model: MODEL, input, dimensions: 48 });
    assert.ok(data.every((entry) => entry.embedding.length === 48));
  }
});

test('models are listed and found, and an unknown one is not', async () => {
  const listed = await drain(await client().models.list());
  const found = await client().models.retrieve(MODEL);
  assert.ok(listed.some((model) => model.id === found.id));
  await assert.rejects(client().models.retrieve('no-such-model'), OpenAI.NotFoundError);
});

test('moderations answer for each input', async () => {
  const reply = await client().moderations.create({ input: ['one', 'two'] });
  assert.equal(reply.results.length, 2);
  assert.equal(reply.results[0].flagged, false);
  assert.equal(reply.results[0].categories['self-harm/intent'], false);
});

test('a response has its text and its counts', async () => {
  const reply = await respond();
  assert.equal(reply.status, 'completed');
  assert.equal(reply.usage.output_tokens, tokens(reply.output_text));
});

test('the stream of a response is numbered and adds up', async () => {
  const events = await drain(await respond({ stream: true }));
  assert.deepEqual(events.map((event) => event.sequence_number), [...events.keys()]);
  const text = events
    .filter((event) => event.type === 'response.output_text.delta')
    .map((event) => event.delta)
    .join('');
  assert.equal(events.at(-1).type, 'response.completed');
  assert.equal(text, (await respond()).output_text);
  assert.equal(text, events.at(-1).response.output[0].content[0].text);
});

test('a response that was cut off is incomplete', async () => {
  const reply = await respond({ max_output_tokens: 3 });
  assert.equal(reply.status, 'incomplete');
  assert.equal(reply.incomplete_details.reason, 'max_output_tokens');
});

test('functions are called, in whole and in fragments', async () => {
  const tools = [responsesTool('get_weather', Weather), responsesTool('get_time', Clock)];
  const calls = (await respond({ tools, tool_choice: 'required' })).output;
  assert.deepEqual(calls.map((call) => call.name).sort(), ['get_time', 'get_weather']);
  const events = await drain(
    await respond({ tools: tools.slice(0, 1), tool_choice: 'required', stream: true }),
  );
  const done = events.find((event) => event.type === 'response.function_call_arguments.done');
  const parts = events.filter((event) => event.type === 'response.function_call_arguments.delta');
  assert.ok(parts.length > 1);
  assert.equal(parts.map((event) => event.delta).join(''), done.arguments);
  Weather.parse(JSON.parse(done.arguments));
});

test('a function result is answered in words', async () => {
  const tools = [responsesTool('get_weather', Weather)];
  const [call] = (await respond({ tools })).output;
  const reply = await respond({
    tools,
    input: [
      { role: 'user', content: QUESTION },
      call,
      { type: 'function_call_output', call_id: call.call_id, output: 'sunny' },
    ],
  });
  assert.ok(tokens(reply.output_text) > 0);
});

test('a response is parsed, in whole and streamed', async () => {
  const text = { format: zodTextFormat(River, 'river') };
  const reply = await client().responses.parse({ model: MODEL, input: QUESTION, text });
  River.parse(reply.output_parsed);
  const helper = client().responses.stream({ model: MODEL, input: QUESTION, text });
  const kinds = (await drain(helper)).map((event) => event.type);
  assert.ok(kinds.includes('response.output_text.delta'));
  River.parse((await helper.finalResponse()).output_parsed);
});
