// The Vercel AI SDK, over each of its ways to speak to an OpenAI-compatible server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embed, embedMany, generateObject, generateText } from 'ai';
import { stepCountIs, streamObject, streamText, tool } from 'ai';

import { API, KEY, MODEL, QUESTION, River, Weather } from './target.mjs';
import { drain, fault, statusFault, tokens } from './target.mjs';

const openai = createOpenAI({ baseURL: API, apiKey: KEY });
const compatible = createOpenAICompatible({
  name: 'mock',
  baseURL: API,
  apiKey: KEY,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const MODELS = {
  chat: openai.chat(MODEL),
  responses: openai.responses(MODEL),
  compatible: compatible(MODEL),
};
const ask = { prompt: QUESTION, maxRetries: 0 };
const tools = () => {
  const asked = [];
  const get_weather = tool({
    description: 'Tells the weather',
    inputSchema: Weather,
    execute: async (input) => {
      asked.push(Weather.parse(input));
      return { sky: 'sunny' };
    },
  });
  return { asked, get_weather };
};

for (const [name, model] of Object.entries(MODELS)) {
  test(`${name}: generateText gives text and counts`, async () => {
    const result = await generateText({ model, ...ask, maxOutputTokens: 6 });
    assert.equal(tokens(result.text), 6);
    assert.equal(result.finishReason, 'length');
    assert.equal(result.usage.outputTokens, 6);
    assert.equal(result.usage.inputTokens, tokens(QUESTION));
  });

  test(`${name}: streamText gives the same`, async () => {
    const whole = await generateText({ model, ...ask });
    const result = streamText({ model, ...ask });
    const pieces = await drain(result.textStream);
    assert.ok(pieces.length > 1);
    assert.equal(pieces.join(''), whole.text);
    assert.equal(await result.finishReason, 'stop');
    assert.equal((await result.usage).outputTokens, whole.usage.outputTokens);
  });

  test(`${name}: generateObject and streamObject give what the schema asks for`, async () => {
    River.parse((await generateObject({ model, schema: River, ...ask })).object);
    const result = streamObject({ model, schema: River, ...ask });
    await drain(result.partialObjectStream);
    River.parse(await result.object);
  });

  test(`${name}: a tool is called and its result answered in words`, async () => {
    const { asked, get_weather } = tools();
    const options = { model, ...ask, tools: { get_weather }, stopWhen: stepCountIs(3) };
    const result = await generateText(options);
    assert.equal(asked.length, 1);
    assert.equal(result.steps.length, 2);
    assert.ok(tokens(result.text) > 0);
    const streamed = streamText(options);
    await streamed.consumeStream();
    assert.equal(asked.length, 2);
    assert.equal((await streamed.steps).length, 2);
    assert.equal(await streamed.text, result.text);
  });

  test(`${name}: errors come through with their status`, async () => {
    for (const status of [400, 401, 404, 429, 500, 503]) {
      const failing = generateText({ model, ...ask, headers: statusFault(status) });
      await assert.rejects(failing, (error) => {
        assert.ok(APICallError.isInstance(error));
        assert.equal(error.statusCode, status);
        assert.ok(error.data?.error.message, 'the error object was not understood');
        return true;
      });
    }
  });

  test(`${name}: an error in the middle of a stream is reported`, async () => {
    const errors = [];
    const result = streamText({
      model,
      ...ask,
      headers: fault('error_midstream'),
      onError: ({ error }) => errors.push(error),
    });
    await result.consumeStream();
    assert.equal(errors.length, 1);
  });
}

test('reasoning is told apart from the answer', async () => {
  const result = await generateText({
    model: MODELS.compatible,
    ...ask,
    providerOptions: { mock: { reasoningEffort: 'low' } },
  });
  assert.ok(tokens(result.reasoningText) > 0);
  assert.ok(tokens(result.text) > 0);
});

for (const [name, provider] of Object.entries({ openai, compatible })) {
  test(`${name}: embed and embedMany give vectors`, async () => {
    const model = provider.embeddingModel(MODEL);
    const one = await embed({ model, value: 'a b', maxRetries: 0 });
    const many = await embedMany({ model, values: ['a b', 'c d'], maxRetries: 0 });
    assert.deepEqual(many.embeddings[0], one.embedding);
    assert.notDeepEqual(many.embeddings[1], one.embedding);
    assert.equal(one.usage.tokens, 2);
  });

  test(`${name}: completions are read`, async () => {
    const model = (provider.completion ?? provider.completionModel)(MODEL);
    const result = await generateText({ model, ...ask, maxOutputTokens: 4 });
    assert.equal(tokens(result.text), 4);
    const streamed = streamText({ model, ...ask, maxOutputTokens: 4 });
    assert.equal(await streamed.text, result.text);
  });
}
