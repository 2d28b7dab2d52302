export { Client, type Backend, type ClientOptions } from './client.js';
export type { CallOptions, StreamOptions } from './calls.js';
export { ActserveError, type ErrorCode, type ErrorDetail } from './errors.js';
export type { FunctionInfo, FunctionKind, ParameterInfo, ParameterShape } from './functions.js';
export type {
  EvaluateItem,
  EvaluateResult,
  GatedLayout,
  GradientItem,
  GradientResult,
  Input,
  ParameterValue,
} from './items.js';
export type { RetryOptions, Tls } from './channel.js';
export type { Quantization } from './quantization.js';
export { SparseTensor, type Encoding } from './sparse.js';
export { Tensor, type DataType, type Elements } from './tensor.js';
