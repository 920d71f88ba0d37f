// LangChain over the official OpenAI client.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';

import { API, KEY, MODEL, QUESTION, River, Weather } from './target.mjs';
import { drain, statusFault, tokens } from './target.mjs';

// Debian 12's Node.js 18 has this, but not yet as a global, as LangChain expects it.
globalThis.crypto ??= webcrypto;

const configuration = { baseURL: API };
const speaker = (options = {}) =>
  new ChatOpenAI({ model: MODEL, apiKey: KEY, maxRetries: 0, configuration, ...options });

test('invoke gives text and counts', async () => {
  const message = await speaker({ maxTokens: 6 }).invoke(QUESTION);
  assert.equal(tokens(message.content), 6);
  assert.equal(message.usage_metadata.output_tokens, 6);
  assert.equal(message.response_metadata.finish_reason, 'length');
});

test('a stream adds up to the same', async () => {
  const chunks = await drain(await speaker({ maxTokens: 6 }).stream(QUESTION));
  const whole = chunks.reduce((sum, chunk) => sum.concat(chunk));
  assert.equal(whole.content, (await speaker({ maxTokens: 6 }).invoke(QUESTION)).content);
  assert.equal(whole.usage_metadata.output_tokens, 6);
});

for (const useResponsesApi of [false, true]) {
  const over = useResponsesApi ? 'responses' : 'chat';

  test(`${over}: a bound tool is called and its result answered`, async () => {
    const weather = tool(({ city }) => `${city}: sunny`, {
      name: 'get_weather',
      description: 'Tells the weather',
      schema: Weather,
    });
    const bound = speaker({ useResponsesApi }).bindTools([weather]);
    const asked = await bound.invoke(QUESTION);
    assert.equal(asked.tool_calls.length, 1);
    const result = await weather.invoke(asked.tool_calls[0]);
    assert.ok(result instanceof ToolMessage);
    const answer = await bound.invoke([new HumanMessage(QUESTION), asked, result]);
    assert.equal(answer.tool_calls.length, 0);
    assert.ok(tokens(answer.text) > 0);
    const chunks = await drain(await bound.stream(QUESTION));
    const streamed = chunks.reduce((sum, chunk) => sum.concat(chunk));
    assert.deepEqual(streamed.tool_calls[0].args, asked.tool_calls[0].args);
  });

  test(`${over}: text is read in both modes`, async () => {
    const message = await speaker({ useResponsesApi }).invoke(QUESTION);
    const chunks = await drain(await speaker({ useResponsesApi }).stream(QUESTION));
    assert.ok(tokens(message.text) > 0);
    assert.equal(chunks.map((chunk) => chunk.text).join(''), message.text);
  });
}

for (const method of ['jsonSchema', 'functionCalling']) {
  test(`structured output is read: ${method}`, async () => {
    const river = await speaker().withStructuredOutput(River, { method }).invoke(QUESTION);
    River.parse(river);
  });
}

test('embeddings are read', async () => {
  const embeddings = new OpenAIEmbeddings({
    model: MODEL,
    apiKey: KEY,
    dimensions: 16,
    maxRetries: 0,
    configuration,
  });
  const [first, second] = await embeddings.embedDocuments(['a b', 'c d']);
  assert.equal(first.length, 16);
  assert.notDeepEqual(first, second);
  assert.deepEqual(await embeddings.embedQuery('a b'), first);
});

test('errors come through with their status', async () => {
  for (const status of [400, 401, 404, 429, 500]) {
    const failing = speaker({
      configuration: { ...configuration, defaultHeaders: statusFault(status) },
    });
    await assert.rejects(failing.invoke(QUESTION), (error) => error.status === status);
  }
});
