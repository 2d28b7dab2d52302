// The messages of the wire, and the stub, read from the definitions beside this file.
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';

export const SERVICE = 'actserve.v1.ActivationService';

const definition = loadSync(['actserve/v1/activation.proto', 'google/rpc/error_details.proto'], {
  includeDirs: [fileURLToPath(new URL('./proto', import.meta.url))],
  longs: Number, // shapes; and times in ns, of which 53 bits are a hundred days
  enums: String,
  defaults: true,
  arrays: true,
  oneofs: true,
});

// A message as proto-loader has it.
export interface WireQuantization {
  scale: number[];
  zeroPoint: number[];
  axis?: number;
}
export interface WireTensor {
  dataType: string;
  shape: number[];
  quantization?: WireQuantization | null;
  data: Buffer;
}
export interface WireSparseTensor {
  dataType: string;
  shape: number[];
  encoding: string;
  negativeZeros: Buffer;
  bitmap: Buffer;
  indices: Buffer;
  values: Buffer;
}
export interface WireParameter {
  name: string;
  scalar?: number;
  tensor?: WireTensor;
}
export interface WireItem {
  function: string;
  parameters: WireParameter[];
  axis?: number;
  outputType?: string;
  outputQuantization?: WireQuantization;
  overflow?: string;
  layout?: string;
  gate?: WireTensor;
  outputEncoding?: string;
  input: WireTensor;
  upstream?: WireTensor;
  inputGradientOnly?: boolean;
}
export interface WireRequest {
  backend: string;
  items: WireItem[];
}
export interface WireResult {
  status: { code: number; message: string; field: string } | null;
  backend: string;
  computeTimeNs: number;
  output?: WireTensor | null;
  sparseOutput?: WireSparseTensor | null;
  inputGradient?: WireTensor | null;
  sparseInputGradient?: WireSparseTensor | null;
  gateGradient?: WireTensor | null;
  parameterGradients?: WireParameter[];
}
export interface WireResponse {
  results: WireResult[];
}

type Unary<Request, Response> = (
  request: Request,
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
  done: (error: grpc.ServiceError | null, response?: Response) => void,
) => grpc.ClientUnaryCall;
export type Duplex = (
  metadata: grpc.Metadata,
  options: grpc.CallOptions,
) => grpc.ClientDuplexStream<WireRequest, WireResponse>;

export interface Stub extends grpc.Client {
  evaluate: Unary<WireRequest, WireResponse>;
  gradient: Unary<WireRequest, WireResponse>;
  evaluateStream: Duplex;
  gradientStream: Duplex;
  listFunctions: Unary<object, { functions: WireFunction[] }>;
  getFunction: Unary<{ name: string }, WireFunction>;
}

export interface WireFunction {
  name: string;
  aliases: string[];
  summary: string;
  formula: string;
  derivative: string;
  kind: string;
  reference: string;
  usage: string;
  layout: string;
  layoutReason: string;
  parameters: {
    name: string;
    summary: string;
    shape: string;
    required: boolean;
    learnable: boolean;
    defaultValue: number;
    min: number;
    max: number;
    isCount: boolean;
  }[];
}

export const service = definition[SERVICE] as grpc.ServiceDefinition;
export const StubClass = grpc.makeGenericClientConstructor(service, 'ActivationService') as unknown as new (
  target: string,
  credentials: grpc.ChannelCredentials,
  options: grpc.ChannelOptions,
) => Stub;

/** Decodes a message of google.rpc. Throws for bytes that are none. */
export function decode(name: string, bytes: Uint8Array): Record<string, any> {
  return (definition[name] as MessageTypeDefinition<object, object>).deserialize(Buffer.from(bytes));
}
