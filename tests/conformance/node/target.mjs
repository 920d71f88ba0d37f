// What the tests know of the server under test, and what several of them ask it for.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { z } from 'zod';

export const MODEL = 'mock-model';
export const BASE = process.env.HOPCOST_MOCK_URL;
export const API = `${BASE}/v1`;
export const KEY = process.env.OPENAI_API_KEY;
export const FAULTS = JSON.parse(readFileSync(new URL('../faults.json', import.meta.url), 'utf8'));
export const FAULT_HEADER = 'x-hopcost-fault';

export const QUESTION = 'Name three rivers of Europe, please.';
export const ASK = [{ role: 'user', content: QUESTION }];

export const Weather = z.object({
  city: z.string(),
  unit: z.enum(['celsius', 'fahrenheit']),
  days: z.number().int(),
});
export const Clock = z.object({ zone: z.string() });
export const River = z.object({
  name: z.string(),
  length_km: z.number().int(),
  navigable: z.boolean(),
  nickname: z.string().nullable(),
  mood: z.enum(['calm', 'wild']),
  spring: z.object({ height_m: z.number(), country: z.string() }),
  tributaries: z.array(z.string()),
});

const schemaOf = (type) => {
  const { $schema, ...schema } = z.toJSONSchema(type);
  return schema;
};

export const functionTool = (name, type) => ({
  type: 'function',
  function: { name, parameters: schemaOf(type), strict: true },
});
export const responsesTool = (name, type) => ({
  type: 'function',
  name,
  parameters: schemaOf(type),
  strict: true,
});
export const TOOLS = [functionTool('get_weather', Weather), functionTool('get_time', Clock)];

// The server's rule: a token is a word between white space.
export const tokens = (text) => text.split(/\s+/).filter(Boolean).length;

export const fault = (name) => ({ [FAULT_HEADER]: FAULTS[name] });
export const statusFault = (status, retryAfterMs = 20) => ({
  [FAULT_HEADER]: FAULTS.status
    .replace('{status}', status)
    .replace('{retry_after_ms}', retryAfterMs),
});

// A client that does not retry, so that a test sees the first thing that goes wrong.
export const client = (options = {}) =>
  new OpenAI({ baseURL: API, timeout: 20_000, maxRetries: 0, ...options });

export async function drain(stream) {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
}

// The items of a stream that came, and what ended it: an error, or null.
export async function readUntilItBreaks(stream) {
  const items = [];
  try {
    for await (const item of await stream) items.push(item);
  } catch (error) {
    return [items, error];
  }
  return [items, null];
}

async function requestCount() {
  const reply = await fetch(`${BASE}/__admin/stats`);
  assert.equal(reply.status, 200);
  return (await reply.json()).requests.total;
}

// How many requests the server saw while `work` ran.
export async function counted(work) {
  const before = await requestCount();
  await work();
  return (await requestCount()) - before;
}
