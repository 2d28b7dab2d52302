// Arrays.
import { dequantize, type Quantization, quantize } from './quantization.js';
import { fromBf16, fromF16, fromF8E4M3, fromF8E5M2, toBf16, toF16, toF8E4M3, toF8E5M2 } from './rounding.js';

/** i8 and u8 are integers that stand for numbers by a quantization. */
export type DataType = 'f64' | 'f32' | 'f16' | 'bf16' | 'f8e4m3fn' | 'f8e5m2' | 'i8' | 'u8';

/** f64, f32, i8 and u8 have numbers; the others, which JavaScript lacks, have their bits. */
export type Elements = Float64Array | Float32Array | Uint16Array | Int8Array | Uint8Array;

const ARRAYS = {
  f64: Float64Array,
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  f8e4m3fn: Uint8Array,
  f8e5m2: Uint8Array,
  i8: Int8Array,
  u8: Uint8Array,
} as const;

/** "f64, ... or u8": of an error's message. */
export const TYPE_NAMES = Object.keys(ARRAYS).join(', ').replace(/, (?=[^,]*$)/, ' or ');

/** In bytes, of an element. */
export function sizeOf(type: DataType): number {
  return ARRAYS[type].BYTES_PER_ELEMENT;
}

/** A dense array in row-major order. It shares `data` with whoever made it. */
export class Tensor {
  /** RangeError unless `data` is of the type's kind and has as many elements as the shape; none is one dimension. */
  constructor(
    readonly type: DataType,
    readonly data: Elements,
    readonly shape: readonly number[] = [data.length],
    /** Of i8 and u8. */
    readonly quantization?: Quantization,
  ) {
    const kind = ARRAYS[type];
    if (kind === undefined) throw new RangeError(`type is '${type}'; expected ${TYPE_NAMES}`);
    if (!(data instanceof kind)) throw new RangeError(`elements of ${type} are a ${kind.name}; found ${nameOf(data)}`);
    for (const dim of shape) {
      if (!Number.isSafeInteger(dim) || dim < 0) throw new RangeError(`shape [${shape}] has a dimension ${dim}`);
    }
    const expected = shape.reduce((product, dim) => product * dim, 1);
    if (data.length !== expected) {
      throw new RangeError(`shape [${shape}] has ${expected} elements; found ${data.length}`);
    }
  }

  static zeros(type: DataType, shape: readonly number[]): Tensor {
    return new Tensor(
      type,
      new ARRAYS[type](shape.reduce((product, dim) => product * dim, 1)),
      shape,
    );
  }

  /** Numbers, each rounded once to the type, to nearest even; without a quantization integers have the scale 1. */
  static of(
    type: DataType,
    numbers: ArrayLike<number>,
    shape: readonly number[] = [numbers.length],
    quantization: Quantization = { scale: 1 },
  ): Tensor {
    switch (type) {
      case 'f64':
        return new Tensor(type, new Float64Array(numbers), shape);
      case 'f32':
        return new Tensor(type, new Float32Array(numbers), shape);
      case 'f16':
        return new Tensor(type, Uint16Array.from(numbers, toF16), shape);
      case 'bf16':
        return new Tensor(type, Uint16Array.from(numbers, toBf16), shape);
      case 'f8e4m3fn':
        return new Tensor(type, Uint8Array.from(numbers, toF8E4M3), shape);
      case 'f8e5m2':
        return new Tensor(type, Uint8Array.from(numbers, toF8E5M2), shape);
      case 'i8':
      case 'u8':
        return new Tensor(type, quantize(type, numbers, shape, quantization), shape, quantization);
    }
  }

  /** An array of numbers is a tensor of one dimension. TypeError, which names `what`, for anything else. */
  static from(value: Tensor | Float64Array | Float32Array, what = 'the input'): Tensor {
    if (value instanceof Tensor) return value;
    if (value instanceof Float64Array) return new Tensor('f64', value);
    if (value instanceof Float32Array) return new Tensor('f32', value);
    throw new TypeError(`${what} is a ${nameOf(value)}; expected a Tensor, Float64Array or Float32Array`);
  }

  /** The elements as numbers, exactly. */
  toNumbers(): Float64Array {
    switch (this.type) {
      case 'f16':
        return Float64Array.from(this.data, fromF16);
      case 'bf16':
        return Float64Array.from(this.data, fromBf16);
      case 'f8e4m3fn':
        return Float64Array.from(this.data, fromF8E4M3);
      case 'f8e5m2':
        return Float64Array.from(this.data, fromF8E5M2);
      case 'i8':
      case 'u8':
        return dequantize(this.data, this.shape, this.quantization ?? { scale: 1 });
      default:
        return new Float64Array(this.data);
    }
  }

  /** The elements' bytes, shared: little-endian, as every machine that runs Node is. */
  bytes(): Buffer {
    return Buffer.from(this.data.buffer, this.data.byteOffset, this.data.byteLength);
  }

  /** A tensor of these bytes; they are copied, since an array's elements must lie at a multiple of their size. */
  static ofBytes(
    type: DataType,
    bytes: Uint8Array,
    shape: readonly number[],
    quantization?: Quantization,
  ): Tensor {
    return new Tensor(type, new ARRAYS[type](new Uint8Array(bytes).buffer), shape, quantization);
  }
}

function nameOf(value: unknown): string {
  return (value as object | undefined)?.constructor?.name ?? typeof value;
}
