// Tensors without their zeros, as results can come.
import { nonsense } from './errors.js';
import { type DataType, sizeOf, Tensor } from './tensor.js';

/** How an output is to travel. */
export type Encoding = 'dense' | 'bitmap' | 'two_four' | 'auto';

/** Which elements are stored, and these; docs/sparse-output.md has the bytes' meaning. Zeros are left out. */
export class SparseTensor {
  /** What makes no sense is an ActserveError. */
  constructor(
    readonly encoding: 'bitmap' | 'two_four',
    readonly shape: readonly number[],
    /** The bitmap, or the indices. */
    readonly positions: Uint8Array,
    /** A bit for each element; or none at all: there is no -0. */
    readonly negativeZeros: Uint8Array,
    /** The elements that are stored, in one dimension. */
    readonly values: Tensor,
  ) {
    const name = encoding === 'bitmap' ? 'bitmap' : 'indices';
    checkBits(name, positions, shape);
    if (negativeZeros.length > 0) checkBits('negative_zeros', negativeZeros, shape);
    let stored = 0;
    this.#forEachStored((at) => {
      ++stored;
      if (negativeZeros.length > 0 && (negativeZeros[at >> 3]! >> (at & 7)) & 1) {
        throw nonsense(`negative_zeros: element ${at} is stored, too; expected it to be left out`);
      }
    });
    if (values.data.length !== stored) {
      throw nonsense(
        `values: has ${values.data.byteLength} bytes; expected ${stored * sizeOf(values.type)}, ` +
          `of the ${stored} elements of ${values.type} that are stored`,
      );
    }
  }

  get type(): DataType {
    return this.values.type;
  }

  /** Of all it has. */
  get byteLength(): number {
    return this.positions.length + this.negativeZeros.length + this.values.data.byteLength;
  }

  /** The tensor, with the bits that the dense output has. */
  toDense(): Tensor {
    const { data, type } = this.values;
    const dense = Tensor.zeros(type, this.shape);
    let next = 0;
    this.#forEachStored((at) => (dense.data[at] = data[next++]!));
    const negativeZero = type === 'f64' || type === 'f32' ? -0 : sizeOf(type) === 2 ? 0x8000 : 0x80;
    forEachBit(this.negativeZeros, (at) => (dense.data[at] = negativeZero));
    return dense;
  }

  #forEachStored(visit: (at: number) => void): void {
    if (this.encoding === 'bitmap') return forEachBit(this.positions, visit);
    if ((this.shape.at(-1) ?? 1) % 4 !== 0) {
      throw nonsense(`2:4 of a tensor of shape [${this.shape}]; expected a last dimension that is a multiple of 4`);
    }
    for (let group = 0; group < count(this.shape) / 4; ++group) {
      const pair = (this.positions[group >> 1]! >> ((group & 1) * 4)) & 15;
      const [first, second] = [pair & 3, pair >> 2];
      if (first >= second) {
        throw nonsense(`indices: group ${group} has ${first} and ${second}; expected the lower one first`);
      }
      visit(4 * group + first);
      visit(4 * group + second);
    }
  }
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function forEachBit(bytes: Uint8Array, visit: (at: number) => void): void {
  for (let i = 0; i < bytes.length; ++i) {
    for (let rest = bytes[i]!; rest !== 0; rest &= rest - 1) visit(8 * i + 31 - Math.clz32(rest & -rest));
  }
}

function checkBits(field: string, bytes: Uint8Array, shape: readonly number[]): void {
  const elements = count(shape);
  const expected = Math.ceil(elements / 8);
  if (bytes.length !== expected) {
    throw nonsense(
      `${field}: has ${bytes.length} bytes; expected ${expected}, a bit for each element of a tensor of ` +
        `shape [${shape}]`,
    );
  }
  if (elements % 8 !== 0 && bytes.at(-1)! >> (elements % 8) !== 0) {
    throw nonsense(
      `${field}: its last byte is 0x${bytes.at(-1)!.toString(16)}, with bits set beyond the last of ` +
        `${elements} elements; expected zeros there`,
    );
  }
}
