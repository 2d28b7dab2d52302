// What the integers of i8 and u8 tensors stand for.
import { roundToEven } from './rounding.js';

/**
 * number = scale * (integer - zeroPoint): a scale for all, or one for each index along `axis`. Scales are f32; the zero
 * points are 0 unless given. What is wrong with them the server says.
 */
export interface Quantization {
  scale: number | readonly number[];
  zeroPoint?: number | readonly number[];
  /** Negative counts from the end. */
  axis?: number;
}

export const LIMITS = { i8: [-128, 127], u8: [0, 255] } as const;

/** As lists, as the wire has it. */
export function toLists({ scale, zeroPoint = [], axis }: Quantization) {
  const list = (value: number | readonly number[]) => (typeof value === 'number' ? [value] : [...value]);
  return { scale: list(scale), zeroPoint: list(zeroPoint), ...(axis === undefined ? {} : { axis }) };
}

// For the element with this index in a row-major array.
function scaleAndZeroPoint(quantization: Quantization, shape: readonly number[]): (i: number) => [number, number] {
  const { scale, zeroPoint, axis } = toLists(quantization);
  const scales = scale.map(Math.fround);
  if (axis === undefined) return () => [scales[0]!, zeroPoint[0] ?? 0];
  const along = axis < 0 ? axis + shape.length : axis;
  const inner = shape.slice(along + 1).reduce((product, dim) => product * dim, 1);
  return (i) => {
    const channel = Math.floor(i / inner) % shape[along]!;
    return [scales[channel]!, zeroPoint[channel] ?? 0];
  };
}

/** Rounded to nearest even and saturated, as the service does it; NaN is the zero point. */
export function quantize(
  type: keyof typeof LIMITS,
  numbers: ArrayLike<number>,
  shape: readonly number[],
  quantization: Quantization,
): Int8Array | Uint8Array {
  const of = scaleAndZeroPoint(quantization, shape);
  const [least, greatest] = LIMITS[type];
  const codes = type === 'i8' ? new Int8Array(numbers.length) : new Uint8Array(numbers.length);
  for (let i = 0; i < numbers.length; ++i) {
    const [scale, zeroPoint] = of(i);
    const quotient = numbers[i]! / scale;
    const code = (Number.isNaN(quotient) ? 0 : roundToEven(quotient)) + zeroPoint;
    codes[i] = Math.min(Math.max(code, least), greatest);
  }
  return codes;
}

export function dequantize(
  codes: ArrayLike<number>,
  shape: readonly number[],
  quantization: Quantization,
): Float64Array {
  const of = scaleAndZeroPoint(quantization, shape);
  return Float64Array.from(codes, (code, i) => {
    const [scale, zeroPoint] = of(i);
    return scale * (code - zeroPoint);
  });
}
