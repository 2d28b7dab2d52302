// What the client can do, against a server: node examples/tour.mjs [HOST:PORT]
import { ActserveError, Client, Tensor } from 'actserve';

const server = process.argv[2] ?? process.env.ACTSERVE_SERVER ?? 'localhost:50051';
const client = new Client(server, { deadlineMs: 5000, retry: { attempts: 3 } });
const show = (numbers) => Array.from(numbers, (number) => number.toPrecision(4)).join('  ');

const functions = await client.listFunctions();
console.log(`${server} computes ${functions.map(({ name }) => name).join(', ')}.\n`);

// A batch: one call, in which an item fails alone.
const x = Float32Array.from({ length: 5 }, (_, i) => i - 2);
const names = ['relu', 'gelu', 'silu', 'no_such_function'];
const results = await client.evaluateBatch(names.map((name) => ({ function: name, input: x })));
results.forEach((result, i) => {
  if (result instanceof ActserveError) console.log(`${names[i]}: ${result.code} at ${result.field}: ${result.message}`);
  else console.log(`${names[i]}: ${show(result.output.data)}`);
});

// Gradients, by the input and by a parameter with a value for each channel.
const { inputGradient, parameterGradients } = await client.gradient(
  'prelu',
  Tensor.of('f64', [-1, 2, -3, -4], [2, 2]),
  {
    parameters: { alpha: Float64Array.of(0.1, 0.2) },
    axis: 1,
  },
);
console.log(`\nprelu: dL/dx = ${show(inputGradient.data)}, dL/dalpha = ${show(parameterGradients.alpha.data)}`);

// A row of bfloat16, of which the answer is wanted in f32.
const row = await client.evaluate('softmax', Tensor.of('bf16', [1, 2, 3]), { axis: 0, outputType: 'f32' });
console.log(`softmax of bf16: ${show(row.data)}`);

// A large array in pieces over one stream, of which four are in flight.
const large = Float32Array.from({ length: 1 << 20 }, (_, i) => Math.sin(i));
function* pieces() {
  for (let i = 0; i < large.length; i += 1 << 16) yield [{ function: 'tanh', input: large.subarray(i, i + (1 << 16)) }];
}
let sum = 0;
for await (const [result] of client.evaluateStream(pieces(), { inFlight: 4, deadlineMs: 30_000 })) {
  if (result instanceof ActserveError) throw result;
  for (const y of result.output.data) sum += y;
}
console.log(`the mean of tanh over ${large.length} numbers: ${(sum / large.length).toExponential(3)}`);

// What the server says of a mistake.
try {
  await client.evaluate('silu', x, { parameters: { beta: 1000 } });
} catch (error) {
  console.log(`\n${error.code} at ${error.field}: ${error.message}`);
}
client.close();
