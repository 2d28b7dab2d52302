// Arrays.
import { fromBf16, fromF16, toBf16, toF16 } from './rounding.js';

export type DataType = 'f64' | 'f32' | 'f16' | 'bf16';

/** f64 and f32 have numbers; f16 and bf16, which JavaScript lacks, have their bits. */
export type Elements = Float64Array | Float32Array | Uint16Array;

/** In bytes, of an element. */
export const SIZES = { f64: 8, f32: 4, f16: 2, bf16: 2 } as const;

const ARRAYS = { f64: Float64Array, f32: Float32Array, f16: Uint16Array, bf16: Uint16Array } as const;

/** A dense array in row-major order. It shares `data` with whoever made it. */
export class Tensor {
  /** RangeError unless `data` is of the type's kind and has as many elements as the shape; none is one dimension. */
  constructor(
    readonly type: DataType,
    readonly data: Elements,
    readonly shape: readonly number[] = [data.length],
  ) {
    const kind = ARRAYS[type];
    if (kind === undefined) throw new RangeError(`type is '${type}'; expected f64, f32, f16 or bf16`);
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

  /** Numbers, each rounded once to the type, to nearest even. */
  static of(type: DataType, numbers: ArrayLike<number>, shape: readonly number[] = [numbers.length]): Tensor {
    switch (type) {
      case 'f64':
        return new Tensor(type, new Float64Array(numbers), shape);
      case 'f32':
        return new Tensor(type, new Float32Array(numbers), shape);
      case 'f16':
        return new Tensor(type, Uint16Array.from(numbers, toF16), shape);
      case 'bf16':
        return new Tensor(type, Uint16Array.from(numbers, toBf16), shape);
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
      default:
        return new Float64Array(this.data);
    }
  }

  /** The elements' bytes, shared: little-endian, as every machine that runs Node is. */
  bytes(): Buffer {
    return Buffer.from(this.data.buffer, this.data.byteOffset, this.data.byteLength);
  }

  /** A tensor of these bytes; they are copied, since an array's elements must lie at a multiple of their size. */
  static ofBytes(type: DataType, bytes: Uint8Array, shape: readonly number[]): Tensor {
    return new Tensor(type, new ARRAYS[type](new Uint8Array(bytes).buffer), shape);
  }
}

function nameOf(value: unknown): string {
  return (value as object | undefined)?.constructor?.name ?? typeof value;
}
