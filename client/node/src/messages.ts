// Batches to requests, and responses to results.
import type { Backend } from './client.js';
import { type ActserveError, nonsense, ofItem } from './errors.js';
import type {
  EvaluateItem,
  EvaluateResult,
  GatedLayout,
  GradientItem,
  GradientResult,
  Input,
  ParameterValue,
} from './items.js';
import type {
  WireItem,
  WireParameter,
  WireQuantization,
  WireRequest,
  WireResponse,
  WireResult,
  WireSparseTensor,
  WireTensor,
} from './protocol.js';
import { type Quantization, toLists } from './quantization.js';
import { SparseTensor } from './sparse.js';
import { type DataType, sizeOf, Tensor, TYPE_NAMES } from './tensor.js';

const WIRE_TYPES = {
  f64: 'DATA_TYPE_F64',
  f32: 'DATA_TYPE_F32',
  f16: 'DATA_TYPE_F16',
  bf16: 'DATA_TYPE_BF16',
  f8e4m3fn: 'DATA_TYPE_F8E4M3FN',
  f8e5m2: 'DATA_TYPE_F8E5M2',
  i8: 'DATA_TYPE_I8',
  u8: 'DATA_TYPE_U8',
} as const;
const WIRE_OVERFLOW = {
  nonSaturating: 'OVERFLOW_MODE_NON_SATURATING',
  saturating: 'OVERFLOW_MODE_SATURATING',
} as const;
const TYPES = Object.fromEntries(Object.entries(WIRE_TYPES).map(([type, wire]) => [wire, type])) as Record<
  string,
  DataType
>;
const LAYOUTS: readonly GatedLayout[] = ['HALVES', 'HALVES_GATE_FIRST', 'INTERLEAVED', 'INTERLEAVED_GATE_FIRST'];
const WIRE_ENCODINGS = {
  dense: 'OUTPUT_ENCODING_DENSE',
  bitmap: 'OUTPUT_ENCODING_BITMAP',
  two_four: 'OUTPUT_ENCODING_TWO_FOUR',
  auto: 'OUTPUT_ENCODING_AUTO',
} as const;
const WIRE_BACKENDS = { auto: 'BACKEND_UNSPECIFIED', cpu: 'BACKEND_CPU', cuda: 'BACKEND_CUDA' } as const;

/** RangeError for a name that is none. */
export function wireBackend(backend: Backend): string {
  const wire = WIRE_BACKENDS[backend];
  if (wire === undefined) throw new RangeError(`backend is '${backend}'; expected 'auto', 'cpu' or 'cuda'`);
  return wire;
}

function toWire(value: Input, what: string): WireTensor {
  const tensor = Tensor.from(value, what);
  const { type, shape, quantization } = tensor;
  const wire: WireTensor = { dataType: WIRE_TYPES[type], shape: [...shape], data: tensor.bytes() };
  if (quantization !== undefined) wire.quantization = toLists(quantization);
  return wire;
}

function fromLists(wire: WireQuantization | null | undefined): Quantization | undefined {
  if (!wire) return undefined;
  const { scale, zeroPoint, axis } = wire;
  if (typeof axis === 'number') return { scale, ...(zeroPoint.length > 0 ? { zeroPoint } : {}), axis };
  return { scale: scale[0]!, ...(zeroPoint.length > 0 ? { zeroPoint: zeroPoint[0]! } : {}) };
}

function fromWire(tensor: WireTensor | null | undefined): Tensor {
  const type = TYPES[tensor?.dataType ?? ''];
  if (!tensor || type === undefined) throw nonsense('a result without a tensor');
  return Tensor.ofBytes(type, tensor.data, tensor.shape, fromLists(tensor.quantization));
}

function sparseFromWire(tensor: WireSparseTensor): SparseTensor {
  const type = TYPES[tensor.dataType];
  if (type === undefined) throw nonsense(`data type ${tensor.dataType}`);
  if (tensor.values.length % sizeOf(type) !== 0) throw nonsense(`values: has ${tensor.values.length} bytes`);
  const { shape, negativeZeros } = tensor;
  const values = Tensor.ofBytes(type, tensor.values, [tensor.values.length / sizeOf(type)]);
  switch (tensor.encoding) {
    case WIRE_ENCODINGS.bitmap:
      return new SparseTensor('bitmap', shape, tensor.bitmap, negativeZeros, values);
    case WIRE_ENCODINGS.two_four:
      return new SparseTensor('two_four', shape, tensor.indices, negativeZeros, values);
    default:
      throw nonsense(`output encoding ${tensor.encoding}`);
  }
}

/** That of the two which is there. */
function outputOf(dense: WireTensor | null | undefined, sparse: WireSparseTensor | null | undefined, decode: boolean) {
  if (!sparse) return { output: fromWire(dense) };
  const tensor = sparseFromWire(sparse);
  return { output: decode ? tensor.toDense() : Tensor.zeros(tensor.type, [0]), sparse: tensor };
}

function toParameter(name: string, value: ParameterValue, what: string): WireParameter {
  return typeof value === 'number'
    ? { name, scalar: value }
    : { name, tensor: toWire(value, `${what}.parameters.${name}`) };
}

function toItem(item: EvaluateItem | GradientItem, what: string): WireItem {
  const wire: WireItem = {
    function: item.function,
    parameters: Object.entries(item.parameters ?? {}).map(([name, value]) => toParameter(name, value, what)),
    input: toWire(item.input, `${what}.input`),
  };
  if (item.axis !== undefined) wire.axis = item.axis;
  if (item.outputType !== undefined) {
    wire.outputType = WIRE_TYPES[item.outputType];
    if (!wire.outputType)
      throw new RangeError(`${what}.outputType is '${item.outputType}'; expected ${TYPE_NAMES}`);
  }
  if (item.outputQuantization !== undefined) wire.outputQuantization = toLists(item.outputQuantization);
  if (item.overflow !== undefined) {
    wire.overflow = WIRE_OVERFLOW[item.overflow];
    if (!wire.overflow)
      throw new RangeError(`${what}.overflow is '${item.overflow}'; expected nonSaturating or saturating`);
  }
  if (item.gate !== undefined) wire.gate = toWire(item.gate, `${what}.gate`);
  if (item.layout !== undefined) {
    if (!LAYOUTS.includes(item.layout))
      throw new RangeError(`${what}.layout is '${item.layout}'; expected one of ${LAYOUTS.join(', ')}`);
    wire.layout = `GATED_LAYOUT_${item.layout}`;
  }
  if (item.encoding !== undefined) {
    wire.outputEncoding = WIRE_ENCODINGS[item.encoding];
    if (!wire.outputEncoding)
      throw new RangeError(`${what}.encoding is '${item.encoding}'; expected dense, bitmap, two_four or auto`);
  }
  if ('upstream' in item && item.upstream !== undefined) wire.upstream = toWire(item.upstream, `${what}.upstream`);
  if ('inputGradientOnly' in item && item.inputGradientOnly) wire.inputGradientOnly = true;
  return wire;
}

export function toRequest(items: readonly (EvaluateItem | GradientItem)[], backend: string): WireRequest {
  return { backend, items: items.map((item, i) => toItem(item, `items[${i}]`)) };
}

/** A result for each item, in their order: an item that failed has its error. */
export function toResults<Result>(
  response: WireResponse,
  count: number,
  convert: (result: WireResult, decode: boolean) => Result,
  decode: boolean,
): (Result | ActserveError)[] {
  if (response.results.length !== count) throw nonsense(`${response.results.length} results for ${count} items`);
  return response.results.map((result) => (result.status?.code ? ofItem(result.status) : convert(result, decode)));
}

function computed(result: WireResult) {
  const backend = result.backend === 'BACKEND_CUDA' ? ('cuda' as const) : ('cpu' as const);
  return { backend, computeMicroseconds: result.computeTimeNs / 1000 };
}

export function toEvaluateResult(result: WireResult, decode: boolean): EvaluateResult {
  return { ...outputOf(result.output, result.sparseOutput, decode), ...computed(result) };
}

export function toGradientResult(result: WireResult, decode: boolean): GradientResult {
  const parameterGradients: Record<string, number | Tensor> = {};
  for (const { name, scalar, tensor } of result.parameterGradients ?? []) {
    parameterGradients[name] = tensor ? fromWire(tensor) : scalar!;
  }
  const gateGradient = result.gateGradient ? { gateGradient: fromWire(result.gateGradient) } : {};
  const { output, ...rest } = outputOf(result.inputGradient, result.sparseInputGradient, decode);
  return { inputGradient: output, ...gateGradient, ...rest, parameterGradients, ...computed(result) };
}
