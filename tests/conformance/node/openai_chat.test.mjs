// Chat completions through the official OpenAI client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LengthFinishReasonError } from 'openai/error';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';

import { ASK, MODEL, River, TOOLS, Weather, client, drain, tokens } from './target.mjs';

const ask = (params) =>
  client().chat.completions.create({ model: MODEL, messages: ASK, ...params });
const stream = async (params) => drain(await ask({ ...params, stream: true }));
const joined = (chunks, index = 0) =>
  chunks
    .flatMap((chunk) => chunk.choices)
    .filter((choice) => choice.index === index)
    .map((choice) => choice.delta.content ?? '')
    .join('');
const finish = (chunks, index = 0) =>
  chunks
    .flatMap((chunk) => chunk.choices)
    .filter((choice) => choice.index === index && choice.finish_reason)
    .map((choice) => choice.finish_reason);

test('a reply says who speaks, what, and why it ended', async () => {
  const reply = await ask({ max_tokens: 7 });
  const [choice] = reply.choices;
  assert.equal(choice.message.role, 'assistant');
  assert.equal(choice.message.refusal, null);
  assert.equal(tokens(choice.message.content), 7);
  assert.equal(choice.finish_reason, 'length');
  assert.equal(reply.usage.completion_tokens, 7);
  assert.equal(reply.usage.prompt_tokens, tokens(ASK[0].content));
  assert.ok(reply._request_id);
});

for (const limit of ['max_tokens', 'max_completion_tokens']) {
  test(`${limit} is exact in both modes`, async () => {
    for (const count of [1, 2, 19]) {
      assert.equal(tokens((await ask({ [limit]: count })).choices[0].message.content), count);
      const chunks = await stream({ [limit]: count });
      assert.equal(tokens(joined(chunks)), count);
      assert.deepEqual(finish(chunks), ['length']);
    }
  });
}

test('a stream says what the whole reply says', async () => {
  const chunks = await stream({ max_tokens: 9 });
  assert.equal(chunks[0].choices[0].delta.role, 'assistant');
  assert.equal(joined(chunks), (await ask({ max_tokens: 9 })).choices[0].message.content);
  assert.equal(new Set(chunks.map((chunk) => `${chunk.id} ${chunk.created}`)).size, 1);
});

test('usage comes last in a stream that asks for it', async () => {
  const chunks = await stream({ max_tokens: 5, stream_options: { include_usage: true } });
  const last = chunks.pop();
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.completion_tokens, 5);
  assert.ok(chunks.every((chunk) => chunk.usage === null));
});

test('choices are distinct in both modes', async () => {
  const texts = (await ask({ n: 3, max_tokens: 6 })).choices.map((c) => c.message.content);
  assert.equal(new Set(texts).size, 3);
  const chunks = await stream({ n: 3, max_tokens: 6 });
  assert.deepEqual([0, 1, 2].map((index) => joined(chunks, index)), texts);
});

test('the seed decides the text', async () => {
  const said = async (seed) => (await ask({ seed, max_tokens: 12 })).choices[0].message.content;
  assert.equal(await said(1), await said(1));
  const five = await Promise.all([0, 1, 2, 3, 4].map(said));
  assert.ok(new Set(five).size > 1);
});

test('a stop sequence ends the text before itself', async () => {
  const whole = (await ask({ max_tokens: 12 })).choices[0].message.content;
  const word = whole.trim().split(/\s+/)[4];
  const [choice] = (await ask({ max_tokens: 12, stop: [word] })).choices;
  assert.ok(whole.startsWith(choice.message.content));
  assert.ok(!choice.message.content.includes(word));
  assert.equal(choice.finish_reason, 'stop');
});

test('log probabilities spell the text', async () => {
  const [choice] = (await ask({ max_tokens: 6, logprobs: true, top_logprobs: 3 })).choices;
  const entries = choice.logprobs.content;
  assert.equal(entries.map((entry) => entry.token).join(''), choice.message.content);
  assert.ok(entries.every((entry) => entry.logprob <= 0 && entry.top_logprobs.length === 3));
});

test('reasoning is found and counted', async () => {
  const reply = await ask({ reasoning_effort: 'low' });
  const { reasoning_content: thought } = reply.choices[0].message;
  assert.ok(tokens(thought) > 0);
  assert.equal(reply.usage.completion_tokens_details.reasoning_tokens, tokens(thought));
});

test('tools are called side by side, and one at a time where asked', async () => {
  const { message, finish_reason } = (await ask({ tools: TOOLS, tool_choice: 'required' }))
    .choices[0];
  assert.equal(finish_reason, 'tool_calls');
  assert.equal(message.content, null);
  const names = message.tool_calls.map((call) => call.function.name);
  assert.deepEqual(names.sort(), ['get_time', 'get_weather']);
  const one = { tools: TOOLS, tool_choice: 'required', parallel_tool_calls: false };
  assert.equal((await ask(one)).choices[0].message.tool_calls.length, 1);
});

test('streamed arguments are fragments of the whole ones', async () => {
  const params = {
    tools: TOOLS,
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
  };
  const [call] = (await ask(params)).choices[0].message.tool_calls;
  const parts = (await stream(params))
    .flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
  const [first, ...rest] = parts;
  assert.equal(first.function.name, 'get_weather');
  assert.equal(first.id, call.id);
  assert.ok(rest.length > 1);
  assert.ok(rest.every((part) => part.id === undefined && part.function.name === undefined));
  assert.equal(parts.map((part) => part.function.arguments).join(''), call.function.arguments);
  Weather.parse(JSON.parse(call.function.arguments));
});

for (const streamed of [false, true]) {
  test(`runTools calls the function and ends in words${streamed ? ', streamed' : ''}`, async () => {
    const asked = [];
    const runner = client().chat.completions.runTools({
      model: MODEL,
      messages: ASK,
      stream: streamed,
      tools: [
        zodFunction({
          name: 'get_weather',
          parameters: Weather,
          function: (args) => {
            asked.push(Weather.parse(args));
            return 'sunny';
          },
        }),
      ],
    });
    const said = await runner.finalContent();
    assert.equal(asked.length, 1);
    assert.ok(tokens(said) > 0);
    const roles = runner.messages.map((message) => message.role);
    assert.deepEqual(roles, ['user', 'assistant', 'tool', 'assistant']);
  });
}

test('parse gives what the schema asks for', async () => {
  const reply = await client().chat.completions.parse({
    model: MODEL,
    messages: ASK,
    response_format: zodResponseFormat(River, 'river'),
  });
  River.parse(reply.choices[0].message.parsed);
});

test('parse reports an answer that was cut off', async () => {
  await assert.rejects(
    client().chat.completions.parse({
      model: MODEL,
      messages: ASK,
      max_tokens: 1,
      response_format: zodResponseFormat(River, 'river'),
    }),
    LengthFinishReasonError,
  );
});

test('the stream helper follows text and parses it', async () => {
  const helper = client().chat.completions.stream({
    model: MODEL,
    messages: ASK,
    response_format: zodResponseFormat(River, 'river'),
  });
  let followed = '';
  helper.on('content', (delta) => {
    followed += delta;
  });
  const [choice] = (await helper.finalChatCompletion()).choices;
  assert.equal(followed, choice.message.content);
  River.parse(choice.message.parsed);
});

test('the stream helper follows tool arguments', async () => {
  const helper = client().chat.completions.stream({
    model: MODEL,
    messages: ASK,
    tools: [TOOLS[0]],
    tool_choice: 'required',
  });
  let fragments = 0;
  helper.on('tool_calls.function.arguments.delta', () => {
    fragments += 1;
  });
  const call = await helper.finalFunctionToolCall();
  assert.ok(fragments > 1);
  Weather.parse(JSON.parse(call.arguments));
});

test('the raw reply has the headers of the API', async () => {
  const { data, response } = await ask({ max_tokens: 1 }).withResponse();
  assert.equal(data._request_id, response.headers.get('x-request-id'));
  assert.equal(response.headers.get('openai-version'), '2020-10-01');
  assert.ok(Number(response.headers.get('openai-processing-ms')) >= 0);
});
