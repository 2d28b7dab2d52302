// What a program in TypeScript may write, and what it may not; compiled, never run.
import { ActserveError, Client, type EvaluateResult, Tensor } from 'actserve';

const client = new Client('localhost:50051', { deadlineMs: 1000, retry: { attempts: 2 } });

export async function compiles(): Promise<number> {
  const y: Tensor = await client.evaluate('silu', Float32Array.of(1), { parameters: { beta: 1.5 }, outputType: 'f64' });
  const { inputGradient, parameterGradients } = await client.gradient('prelu', y, { upstream: y, axis: 0 });
  const gated = await client.gradient('swiglu', y, { gate: y, upstream: y });
  const gateGradient: Tensor | undefined = gated.gateGradient;
  if (gateGradient) await client.evaluate('glu', gateGradient, { layout: 'HALVES_GATE_FIRST', axis: 0 });
  const alpha: number | Tensor | undefined = parameterGradients['alpha'];
  for await (const results of client.evaluateStream([[{ function: 'gelu', input: inputGradient }]], { inFlight: 2 })) {
    for (const result of results) {
      if (result instanceof ActserveError) throw result;
      const { output }: EvaluateResult = result;
      if (output.type === 'f32') return output.toNumbers().length;
    }
  }
  return typeof alpha === 'number' ? alpha : 0;
}

export async function doesNot(): Promise<void> {
  // @ts-expect-error: an array of no type
  await client.evaluate('relu', [1, 2]);
  // @ts-expect-error: a type that there is not
  await client.evaluate('relu', Float32Array.of(1), { outputType: 'int8' });
  // @ts-expect-error: a layout that there is not
  await client.evaluate('glu', Float32Array.of(1, 2), { layout: 'THIRDS' });
  // @ts-expect-error: evaluate has no upstream
  await client.evaluate('relu', Float32Array.of(1), { upstream: Float32Array.of(1) });
}
