// What a caller asks for, and what it gets: one item of a batch.
import type { Backend } from './client.js';
import type { Quantization } from './quantization.js';
import type { Encoding, SparseTensor } from './sparse.js';
import type { DataType, Tensor } from './tensor.js';

/** An array of numbers is a tensor of one dimension. */
export type Input = Tensor | Float64Array | Float32Array;

/** A number, or a tensor for parameters with a value per channel. */
export type ParameterValue = number | Input;

interface Item {
  /** A name or an alias. */
  function: string;
  input: Input;
  /** Those not named have the server's defaults. */
  parameters?: Readonly<Record<string, ParameterValue>>;
  /** Of row-wise and per-channel functions; negative counts from the end. */
  axis?: number;
  /** The input's unless given; of a gradient, that by the input. */
  outputType?: DataType;
  /** Of an i8 or u8 output. */
  outputQuantization?: Quantization;
  /** Of an f8 output, beyond its largest number: infinity or NaN, unless it is saturating. */
  overflow?: 'nonSaturating' | 'saturating';
  /** How the output, or the gradient by the input, is to travel. */
  encoding?: Encoding;
}

/** y = f(x). */
export type EvaluateItem = Item;

/** dL/dx = upstream * f'(x), and dL/dp of the learnable parameters that are named. */
export interface GradientItem extends Item {
  /** dL/dy, of the input's shape and type, or where that has 8 bits any floating-point one; ones unless given. */
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
  /** Of the input's shape. */
  output: Tensor;
}

export interface GradientResult extends Computed {
  inputGradient: Tensor;
  /** By name: a number for a number, else a tensor of the parameter's type and shape. */
  parameterGradients: Record<string, number | Tensor>;
}
