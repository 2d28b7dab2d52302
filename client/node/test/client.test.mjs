// What a client does when a server refuses, is slow, goes away, or is one of several; and what it refuses itself.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Tensor } from 'actserve';
import { grpcTarget } from '../dist/channel.js';
import { FakeServer } from './fake-server.mjs';

const X = Float64Array.of(1, 2);
const NEVER = { attempts: 5, firstWaitMs: 1.8e6, longestWaitMs: 1.8e6 }; // waits of which none can pass by chance

async function start(t, options = {}) {
  const server = await FakeServer.start();
  const client = new Client(server.address, { deadlineMs: 30_000, ...options });
  t.after(() => (client.close(), server.stop()));
  return { server, client };
}

function connect(t, target, options) {
  const client = new Client(target, { deadlineMs: 30_000, ...options });
  t.after(() => client.close());
  return client;
}

const isX = (tensor) => assert.deepEqual(tensor.data, X);

test('tries again as often as allowed, as late as the server says', async (t) => {
  const { server, client } = await start(t, { retry: NEVER });
  server.refusals = 4;
  isX(await client.evaluate('relu', X));
  assert.equal(server.calls, 5);
  server.refusals = 5;
  await assert.rejects(client.evaluate('relu', X), (error) => {
    assert.deepEqual([error.code, error.message, error.retryDelayMs], ['RESOURCE_EXHAUSTED', 'full', 1]);
    assert.equal(error.details[0].typeUrl, 'type.googleapis.com/google.rpc.RetryInfo');
    return true;
  });
  assert.equal(server.calls, 10);
});

test('retries can be left', async (t) => {
  const { server, client } = await start(t, { retry: { attempts: 1 } });
  server.refusals = 1;
  await assert.rejects(client.evaluate('relu', X), { code: 'RESOURCE_EXHAUSTED' });
  assert.equal(server.calls, 1);
});

test('large tensors are sent again', async (t) => {
  const { server, client } = await start(t, { retry: NEVER });
  server.refusals = 2;
  const large = new Float64Array(400_000).fill(1.5); // 3.2 MB, where gRPC alone would keep 1 MiB
  assert.deepEqual((await client.evaluate('relu', large)).data, large);
  assert.equal(server.calls, 3);
});

test('survives a restart', async (t) => {
  const server = await FakeServer.start();
  const client = connect(t, server.address, { retry: { attempts: 5, firstWaitMs: 500, longestWaitMs: 10_000 } });
  isX(await client.evaluate('relu', X));
  server.stop();
  const impatient = connect(t, server.address, { retry: { attempts: 1 } });
  await assert.rejects(impatient.evaluate('relu', X), { code: 'UNAVAILABLE' });
  const call = client.evaluate('relu', X);
  const again = await FakeServer.start(server.address);
  t.after(() => again.stop());
  isX(await call);
});

test('streams are not opened again', async (t) => {
  const { server, client } = await start(t);
  server.refusals = 1;
  const answers = client.evaluateStream([[{ function: 'relu', input: X }]]);
  await assert.rejects(answers.next(), { code: 'RESOURCE_EXHAUSTED', retryDelayMs: 1 });
  assert.equal(server.calls, 1);
});

test('deadlines and signals end calls', async (t) => {
  const { server, client } = await start(t);
  server.delayMs = 500;
  await assert.rejects(client.evaluate('relu', X, { deadlineMs: 50 }), { code: 'DEADLINE_EXCEEDED' });
  await assert.rejects(client.evaluate('relu', X, { signal: AbortSignal.timeout(50) }), { code: 'CANCELLED' });
  await assert.rejects(client.evaluate('relu', X, { signal: AbortSignal.abort() }), { code: 'CANCELLED' });
  isX(await client.evaluate('relu', X, { deadlineMs: Infinity }));
});

test('calls go to all servers, and not to the dead', async (t) => {
  const [first, second] = await Promise.all([FakeServer.start(), FakeServer.start()]);
  t.after(() => first.stop());
  const client = connect(t, `${first.address},${second.address}`);
  for (let i = 0; i < 100_000 && !(first.calls && second.calls); ++i) await client.evaluate('relu', X);
  const before = [first.calls, second.calls];
  assert.ok(Math.min(...before) > 0);
  for (let i = 0; i < 20; ++i) await client.evaluate('relu', X);
  assert.deepEqual([first.calls, second.calls], [before[0] + 10, before[1] + 10]);
  second.stop();
  for (let i = 0; i < 20; ++i) isX(await client.evaluate('relu', X));
});

test('streams take batches as they are answered', async (t) => {
  const { client } = await start(t);
  let taken = 0;
  function* batches() {
    for (; ; ++taken) yield [{ function: 'relu', input: Float64Array.of(taken) }];
  }
  let number = 0;
  for await (const [result] of client.evaluateStream(batches(), { inFlight: 3 })) {
    assert.equal(result.output.data[0], number);
    assert.ok(taken <= number + 3, `${taken} taken at ${number}`);
    if (++number === 50) break; // of batches that have no end
  }
});

test('what the caller does wrong in a stream is the callers', async (t) => {
  const { client } = await start(t);
  await assert.rejects(client.evaluateStream([[{ function: 'relu', input: [1, 2] }]]).next(), TypeError);
  async function* broken() {
    yield [{ function: 'relu', input: X }];
    throw new Error('mine');
  }
  const answers = client.evaluateStream(broken(), { inFlight: 1 });
  await assert.rejects(answers.next(), /mine/);
});

test('a message over the clients own limit', async (t) => {
  const { client } = await start(t, { maxMessageBytes: 1000, retry: { attempts: 1 } });
  await assert.rejects(client.evaluate('relu', new Float64Array(1000)), {
    code: 'RESOURCE_EXHAUSTED',
    message: /1000/,
  });
});

test('a message that is too large for the server', async (t) => {
  const client = connect(t, process.env.ACTSERVE_SERVER, { retry: { attempts: 1 } });
  const call = client.evaluate('relu', new Float64Array(9 << 20));
  await assert.rejects(call, { code: 'RESOURCE_EXHAUSTED', message: /larger than max/ });
});

test('unix socket', async (t) => {
  const client = connect(t, process.env.ACTSERVE_UNIX);
  assert.deepEqual((await client.evaluate('relu', Float32Array.of(-1, 2))).data, Float32Array.of(0, 2));
});

test('TLS and token', async (t) => {
  const read = (name) => readFileSync(join(process.env.ACTSERVE_SECRETS, name), 'utf8');
  const tls = { ca: read('ca.pem'), certificate: read('client.pem'), key: read('client.key') };
  isX(await connect(t, process.env.ACTSERVE_SECURE, { tls, token: read('token') }).evaluate('relu', X));
  await assert.rejects(connect(t, process.env.ACTSERVE_SECURE, { tls }).evaluate('relu', X), {
    code: 'UNAUTHENTICATED',
  });
  const plain = connect(t, process.env.ACTSERVE_SECURE, { retry: { attempts: 1 }, deadlineMs: 10_000 });
  await assert.rejects(plain.evaluate('relu', X), { code: 'UNAVAILABLE' });
});

test('functions describe themselves', async (t) => {
  const client = connect(t, process.env.ACTSERVE_SERVER);
  const functions = await client.listFunctions();
  const silu = await client.getFunction('swish');
  assert.deepEqual(
    functions.find(({ name }) => name === 'silu'),
    silu,
  );
  assert.deepEqual([silu.kind, silu.aliases], ['ELEMENTWISE', ['swish']]);
  assert.match(silu.usage, /EfficientNet/);
  const { name, defaultValue, learnable, shape } = silu.parameters[0];
  assert.deepEqual([name, defaultValue, learnable, shape], ['beta', 1, true, 'SCALAR']);
  assert.deepEqual((await client.getFunction('relu')).parameters, []);
  await assert.rejects(client.getFunction('gleu'), { code: 'NOT_FOUND', field: 'name', message: /gelu/ });
});

test('the example runs', async () => {
  const example = fileURLToPath(new URL('../examples/tour.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [example, process.env.ACTSERVE_SERVER]);
  for (const part of [
    'gelu: -0.04550',
    'NOT_FOUND at items[3].function',
    'dL/dalpha = -4.000  -4.000',
    '1000 is out of range',
  ]) {
    assert.ok(stdout.includes(part), stdout);
  }
});

test('wrong arguments are named', async (t) => {
  const client = connect(t, '127.0.0.1:1');
  await assert.rejects(client.evaluate('relu', [1, 2]), /items\[0\]\.input is a Array; expected a Tensor/);
  await assert.rejects(
    client.gradient('relu', X, { upstream: new Int32Array(2) }),
    /items\[0\]\.upstream is a Int32Array/,
  );
  await assert.rejects(
    client.evaluate('prelu', X, { parameters: { alpha: 'a' } }),
    /items\[0\]\.parameters\.alpha is a String/,
  );
  await assert.rejects(
    client.evaluate('relu', X, { outputType: 'f8' }),
    /items\[0\]\.outputType is 'f8'; expected f64/,
  );
  assert.throws(() => new Tensor('f32', X), /elements of f32 are a Float32Array; found Float64Array/);
  assert.throws(() => new Tensor('f64', X, [3]), /shape \[3\] has 3 elements; found 2/);
  assert.throws(() => new Tensor('f64', X, [-1, -2]), /has a dimension -1/);
  assert.throws(() => new Tensor('i8', X), /elements of i8 are a Int8Array; found Float64Array/);
  assert.throws(() => new Tensor('i4', X), /type is 'i4'; expected f64, f32, f16, bf16, f8e4m3fn, f8e5m2, i8 or u8/);
  await assert.rejects(client.evaluate('relu', X, { overflow: 'wrap' }), /overflow is 'wrap'; expected nonSaturating/);
  assert.throws(() => new Client('localhost:1', { retry: { attempts: 6 } }), /retry.attempts is 6; expected 1 to 5/);
  assert.throws(
    () => new Client('localhost:1', { backend: 'gpu' }),
    /backend is 'gpu'; expected 'auto', 'cpu' or 'cuda'/,
  );
  assert.throws(() => new Client('localhost:1', { token: 'a b' }), /the token cannot be sent/);
  assert.throws(() => new Client('localhost:1', { tls: { key: '' } }), /belong together/);
  for (const target of ['localhost', ':1', 'localhost:0', 'localhost:70000', 'a:1,b:2', '']) {
    assert.throws(() => new Client(target), /expected/, target);
  }
});

test('targets', () => {
  assert.equal(grpcTarget('localhost:1'), 'localhost:1');
  assert.equal(grpcTarget('1.2.3.4:1,5.6.7.8:2'), 'ipv4:1.2.3.4:1,5.6.7.8:2');
  assert.equal(grpcTarget('[::1]:1,5.6.7.8:2'), 'ipv6:[::1]:1,[::ffff:5.6.7.8]:2');
  assert.equal(grpcTarget('unix:/a'), 'unix:/a');
});

test('8-bit types round to nearest even, and back exactly', () => {
  const e4m3 = Tensor.of('f8e4m3fn', [1, -0, 448, 464, 465, -Infinity, NaN, 2 ** -10, 3 * 2 ** -10, 1.0625]);
  assert.deepEqual([...e4m3.data], [0x38, 0x80, 0x7e, 0x7e, 0x7f, 0x7f, 0x7f, 0, 2, 0x38]);
  const e5m2 = Tensor.of('f8e5m2', [1, -0, 57344, 61439, 61440, -Infinity, NaN, 2 ** -17, 3 * 2 ** -17]);
  assert.deepEqual([...e5m2.data], [0x3c, 0x80, 0x7b, 0x7b, 0x7c, 0xfc, 0x7e, 0, 2]);
  for (const type of ['f8e4m3fn', 'f8e5m2']) {
    const every = new Tensor(
      type,
      Uint8Array.from({ length: 256 }, (_, code) => code),
    );
    const numbers = every.toNumbers();
    assert.equal(numbers.filter(Number.isNaN).length, type === 'f8e4m3fn' ? 2 : 6);
    const again = Tensor.of(type, numbers).data;
    numbers.forEach((number, code) => Number.isNaN(number) || assert.equal(again[code], code, `${type} ${code}`));
  }
});

test('quantization rounds to nearest even and saturates', () => {
  const quantization = { scale: 0.5, zeroPoint: 3 };
  const i8 = Tensor.of('i8', [0, 0.25, 0.75, -0.25, 1e9, -1e9, NaN], [7], quantization);
  assert.deepEqual([...i8.data], [3, 3, 5, 3, 127, -128, 3]);
  assert.deepEqual([...i8.toNumbers().slice(0, 3)], [0, 0, 1]);
  const byRow = Tensor.of('u8', [1, 2, 4, 6], [2, 2], { scale: [0.5, 2], zeroPoint: [0, 10], axis: -2 });
  assert.deepEqual([...byRow.data], [2, 4, 12, 13]);
  assert.deepEqual([...byRow.toNumbers()], [1, 2, 4, 6]);
});

test('16-bit types round to nearest even, and back exactly', () => {
  const bf16 = Tensor.of('bf16', [
    1.00390625,
    1.01171875,
    3.4e38,
    -Infinity,
    NaN,
    -0,
    1e-40,
    2 ** -134,
    1.5 * 2 ** -133,
  ]);
  assert.deepEqual([...bf16.data], [0x3f80, 0x3f82, 0x7f80, 0xff80, 0x7fc0, 0x8000, 0x0001, 0, 2]);
  const f16 = Tensor.of('f16', [1, 65519, 65520, -Infinity, NaN, -0, 2 ** -24, 2 ** -25, 1.5 * 2 ** -24, 1 + 2 ** -11]);
  assert.deepEqual([...f16.data], [0x3c00, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000, 1, 0, 2, 0x3c00]);
  for (const type of ['f16', 'bf16']) {
    const every = new Tensor(
      type,
      Uint16Array.from({ length: 65536 }, (_, code) => code),
    );
    const numbers = every.toNumbers();
    const again = Tensor.of(type, numbers).data;
    numbers.forEach((number, code) => Number.isNaN(number) || assert.equal(again[code], code, `${type} ${code}`));
  }
});
