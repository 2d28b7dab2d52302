// What a caller asks for, and what it gets: one item of a batch.
import type { Backend } from './client.js';
import type { Quantization } from './quantization.js';
import type { Encoding, SparseTensor } from './sparse.js';
import type { DataType, Tensor } from './tensor.js';

/** An array of numbers is a tensor of one dimension. */
export type Input = Tensor | Float64Array | Float32Array;

/** Where a gated function's operands lie in one input. */
export type GatedLayout = 'HALVES' | 'HALVES_GATE_FIRST' | 'INTERLEAVED' | 'INTERLEAVED_GATE_FIRST';

/** A number, or a tensor for parameters with a value per channel. */
export type ParameterValue = number | Input;

interface Item {
  /** A name or an alias. */
  function: string;
  input: Input;
  /** Those not named have the server's defaults. */
  parameters?: Readonly<Record<string, ParameterValue>>;
  /** Of all but element-wise functions; negative counts from the end. */
  axis?: number;
  /** The input's unless given; of a gradient, that by the input. */
  outputType?: DataType;
  /** Of an i8 or u8 output. */
  outputQuantization?: Quantization;
  /** Of an f8 output, beyond its largest number: infinity or NaN, unless it is saturating. */
  overflow?: 'nonSaturating' | 'saturating';
  /** How the output, or the gradient by the input, is to travel. */
  encoding?: Encoding;
  /** Of gated functions: the gate, of the input's type and shape. */
  gate?: Input;
  /** Or else how the input has both operands, along the axis; the function's own layout unless given. */
  layout?: GatedLayout;
}

/** y = f(x). */
export type EvaluateItem = Item;

/** dL/dx = upstream * f'(x), and dL/dp of the learnable parameters that are named. */
export interface GradientItem extends Item {
  /** dL/dy, of the output's shape and the input's type, or where that has 8 bits any floating-point one; ones unless given. */
  upstream?: Input;
  /** Computes no parameter's gradient. */
  inputGradientOnly?: boolean;
}

interface Computed {
  /** Which computed it. */
  backend: Exclude<Backend, 'auto'>;
  /** In the kernel. */
  computeMicroseconds: number;
  /** The output, or the gradient by the input, as it came, if without its zeros. */
  sparse?: SparseTensor;
}

export interface EvaluateResult extends Computed {
  /** Of the input's shape; half as long along the axis where that has both of a gated function's operands. */
  output: Tensor;
}

export interface GradientResult extends Computed {
  inputGradient: Tensor;
  /** Where the item has a gate. */
  gateGradient?: Tensor;
  /** By name: a number for a number, else a tensor of the parameter's type and shape. */
  parameterGradients: Record<string, number | Tensor>;
}
