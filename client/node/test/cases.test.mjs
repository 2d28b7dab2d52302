// Every case of tests/cases against the real server, bits compared: each alone, all of a file in batches and streams.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ActserveError, Client } from 'actserve';
import { bits, files, item, tensor, value } from './case-files.mjs';

const client = new Client(process.env.ACTSERVE_SERVER, { deadlineMs: 60_000 });
after(() => client.close());
const batch = { evaluate: client.evaluateBatch.bind(client), gradient: client.gradientBatch.bind(client) };
const stream = { evaluate: client.evaluateStream.bind(client), gradient: client.gradientStream.bind(client) };

function checkError(error, expected, samePlace) {
  assert.ok(error instanceof ActserveError, `expected ${expected.code}, found a result`);
  assert.equal(error.code, expected.code);
  if (samePlace) assert.equal(error.field, expected.field);
  assert.ok(error.message.includes(expected.message), error.message);
}

function check(result, expected, samePlace = true) {
  if (expected.error) return checkError(result, expected.error, samePlace);
  if (result instanceof ActserveError) throw result;
  assert.equal(bits(result.output ?? result.inputGradient), bits(tensor(expected.output)));
  assert.equal(result.gateGradient !== undefined, expected.gate_gradient !== undefined);
  if (result.gateGradient) assert.equal(bits(result.gateGradient), bits(tensor(expected.gate_gradient)));
  const gradients = Object.entries(result.parameterGradients ?? {}).map(([name, each]) => [name, bits(each)]);
  assert.deepEqual(
    gradients,
    (expected.parameter_gradients ?? []).map((each) => [each.name, bits(value(each))]),
  );
}

async function replay(c) {
  const answer = batch[c.call]((c.items ?? []).map(item));
  if (c.error) return assert.rejects(answer, (error) => (checkError(error, c.error, true), true));
  const results = await answer;
  assert.equal(results.length, c.results.length);
  results.forEach((result, i) => check(result, c.results[i]));
}

test('each case', async () => {
  let count = 0;
  for (const { name, cases } of files()) {
    for (const c of cases) {
      ++count;
      await replay(c).catch((error) => {
        throw new Error(`${name}: ${c.name}`, { cause: error });
      });
    }
  }
  console.log(`${count} cases, bit for bit`);
  assert.ok(count > 500);
});

test('all of a file at once, and over a stream', async () => {
  for (const { name, cases } of files()) {
    for (const call of ['evaluate', 'gradient']) {
      const ofCall = cases.filter((c) => c.call === call && !c.error);
      const items = ofCall.flatMap((c) => c.items.map(item));
      const expected = ofCall.flatMap((c) => c.results);
      const results = await batch[call](items);
      assert.equal(results.length, expected.length, name);
      results.forEach((result, i) => check(result, expected[i], i === 0));
      let next = 0;
      for await (const [result] of stream[call](items.map((each) => [each])))
        check(result, expected[next++], next === 0);
      assert.equal(next, items.length, name);
    }
  }
});
