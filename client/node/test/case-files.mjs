// Reads the case files, which tests/cases/README.md describes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tensor } from 'actserve';

export function files() {
  const folder = process.env.ACTSERVE_CASES;
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, cases: JSON.parse(readFileSync(join(folder, name), 'utf8')).cases }));
}

export function quantization(given) {
  if (given === undefined) return undefined;
  const bytes = Buffer.from(given.scale, 'hex');
  const scale = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  const zeroPoint = given.zero_point;
  if (given.axis !== undefined) return { scale, ...(zeroPoint ? { zeroPoint } : {}), axis: given.axis };
  return { scale: scale[0], ...(zeroPoint ? { zeroPoint: zeroPoint[0] } : {}) };
}

export function tensor({ type, shape = [], data = '', quantization: given }) {
  return Tensor.ofBytes(type, Buffer.from(data, 'hex'), shape, quantization(given));
}

export function value(parameter) {
  return parameter.tensor ? tensor(parameter.tensor) : Buffer.from(parameter.scalar, 'hex').readDoubleLE();
}

export function item(given) {
  return {
    function: given.function ?? '',
    input: tensor(given.input),
    parameters: Object.fromEntries((given.parameters ?? []).map((each) => [each.name, value(each)])),
    ...(given.axis === undefined ? {} : { axis: given.axis }),
    ...(given.output_type ? { outputType: given.output_type } : {}),
    ...(given.output_quantization ? { outputQuantization: quantization(given.output_quantization) } : {}),
    ...(given.overflow ? { overflow: given.overflow === 'saturating' ? 'saturating' : 'nonSaturating' } : {}),
    ...(given.gate ? { gate: tensor(given.gate) } : {}),
    ...(given.layout ? { layout: given.layout } : {}),
    ...(given.output_encoding ? { encoding: given.output_encoding } : {}),
    ...(given.upstream ? { upstream: tensor(given.upstream) } : {}),
    ...(given.input_gradient_only ? { inputGradientOnly: true } : {}),
  };
}

// What is equal only for equal bits.
export function bits(value) {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return bytes.toString('hex');
  }
  const quantized = value.quantization ? JSON.stringify(value.quantization) : '';
  return `${value.type} [${value.shape}] ${quantized} ${value.bytes().toString('hex')}`;
}
