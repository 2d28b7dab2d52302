// Results without their zeros: from the real server, and such as no server sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, SparseTensor, Tensor } from 'actserve';
import { bits } from './case-files.mjs';

const f32 = (...numbers) => Tensor.of('f32', numbers);
const bytes = (...numbers) => Uint8Array.from(numbers);
const X = Tensor.of('f32', Float64Array.from({ length: 2200 }, (_, i) => ((i * 7919) % 2003) / 100 - 10), [50, 44]);

function connect(t, options) {
  const client = new Client(process.env.ACTSERVE_SERVER, { deadlineMs: 30_000, ...options });
  t.after(() => client.close());
  return client;
}

test('are made dense', () => {
  const bitmap = new SparseTensor('bitmap', [2, 5], bytes(0x42, 2), bytes(8, 1), f32(1, 2, 3));
  assert.deepEqual([bitmap.type, bitmap.byteLength], ['f32', 16]);
  assert.equal(bits(bitmap.toDense()), bits(Tensor.of('f32', [0, 1, 0, -0, 0, 0, 2, 0, -0, 3], [2, 5])));
  const fours = new SparseTensor('two_four', [12], bytes(0xe4, 9), bytes(), f32(1, 2, 3, 0, 4, 5));
  assert.equal(bits(fours.toDense()), bits(f32(1, 2, 0, 0, 0, 0, 3, 0, 0, 4, 5, 0)));
  const half = new SparseTensor('bitmap', [3], bytes(1), bytes(4), Tensor.of('bf16', [1.5]));
  assert.equal(bits(half.toDense()), bits(Tensor.of('bf16', [1.5, 0, -0])));
  assert.equal(new SparseTensor('bitmap', [0, 3], bytes(), bytes(), f32()).toDense().data.length, 0);
});

test('must make sense', () => {
  const none = bytes();
  const six = f32(1, 2, 3, 4, 5, 6);
  for (const [args, message] of [
    [['bitmap', [10], bytes(1), none, f32(1)], /bitmap: has 1 bytes; expected 2/],
    [['bitmap', [10], bytes(1, 4), none, f32(1)], /bitmap: its last byte is 0x4, with bits set beyond the last of 10/],
    [['bitmap', [10], bytes(1, 2), none, f32(1)], /values: has 4 bytes; expected 8, of the 2 elements of f32/],
    [['bitmap', [10], bytes(1, 2), bytes(2), f32(1, 2)], /negative_zeros: has 1 bytes/],
    [['bitmap', [10], bytes(1, 2), bytes(3, 0), f32(1, 2)], /negative_zeros: element 0 is stored, too/],
    [['two_four', [10], bytes(0x44, 0), none, six], /a last dimension that is a multiple of 4/],
    [['two_four', [12], bytes(0x14, 4), none, six], /indices: group 1 has 1 and 0; expected the lower one first/],
    [['two_four', [12], bytes(0x44, 4), none, f32()], /values: has 0 bytes; expected 24/],
  ]) {
    assert.throws(() => new SparseTensor(...args), { code: 'INTERNAL', message });
  }
});

test('results are dense unless that is not wanted', async (t) => {
  const client = connect(t);
  const dense = await client.evaluate('relu', X);
  for (const encoding of ['dense', 'bitmap', 'auto']) {
    assert.equal(bits(await client.evaluate('relu', X, { encoding })), bits(dense));
  }
  const [result] = await client.evaluateBatch([{ function: 'relu', input: X, encoding: 'auto' }]);
  assert.ok(result.sparse.byteLength < 0.6 * dense.data.byteLength);
  const sparse = connect(t, { decode: false });
  const [raw, silu] = await sparse.evaluateBatch([
    { function: 'relu', input: X, encoding: 'bitmap' },
    { function: 'silu', input: X, encoding: 'auto' },
  ]);
  assert.equal(raw.output.data.length, 0);
  assert.equal(bits(raw.sparse.toDense()), bits(dense));
  assert.equal(silu.sparse, undefined);
});

test('gradients, and two of four', async (t) => {
  const client = connect(t);
  const upstream = new Tensor('f32', X.data.slice().reverse(), X.shape);
  const dense = await client.gradient('relu', X, { upstream });
  const sparse = await client.gradient('relu', X, { upstream, encoding: 'bitmap' });
  assert.equal(bits(sparse.inputGradient), bits(dense.inputGradient));
  assert.ok(sparse.sparse.negativeZeros.length > 0);
  await assert.rejects(client.evaluate('relu', f32(1, 1, 1, 1), { encoding: 'two_four' }), {
    code: 'INVALID_ARGUMENT',
    field: 'items[0].output_encoding',
  });
  assert.equal(
    bits(await client.evaluate('relu', f32(1, -1, -1, 1), { encoding: 'two_four' })),
    bits(f32(1, 0, 0, 1)),
  );
  await assert.rejects(client.evaluate('relu', X, { encoding: 'csr' }), /items\[0\]\.encoding is 'csr'/);
});
