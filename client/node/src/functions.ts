// What the server says of its functions.
import type { WireFunction } from './protocol.js';

export type FunctionKind = 'ELEMENTWISE' | 'PER_CHANNEL' | 'ROWWISE';
/** CHANNELS: a number, or [channels]. SEGMENTS_CHANNELS: [segments], or [segments, channels]. */
export type ParameterShape = 'SCALAR' | 'CHANNELS' | 'SEGMENTS_CHANNELS';

export interface ParameterInfo {
  name: string;
  summary: string;
  shape: ParameterShape;
  required: boolean;
  /** Has a gradient. */
  learnable: boolean;
  /** Absent where required. */
  defaultValue?: number;
  /** Inclusive; may be infinite. */
  min: number;
  max: number;
  /** Of a row's elements: a whole number, no more than there are. */
  isCount: boolean;
}

export interface FunctionInfo {
  name: string;
  aliases: string[];
  summary: string;
  formula: string;
  derivative: string;
  kind: FunctionKind;
  parameters: ParameterInfo[];
  /** Where it was published. */
  reference: string;
  /** Models and layers that are known for it. */
  usage: string;
}

export function fromWire(message: WireFunction): FunctionInfo {
  const { name, aliases, summary, formula, derivative, reference, usage } = message;
  const parameters = message.parameters.map(({ defaultValue, shape, ...rest }) => ({
    ...rest,
    shape: shape.replace('PARAMETER_SHAPE_', '') as ParameterShape,
    ...(rest.required ? {} : { defaultValue }),
  }));
  const kind = message.kind.replace('FUNCTION_KIND_', '') as FunctionKind;
  return { name, aliases, summary, formula, derivative, kind, parameters, reference, usage };
}
