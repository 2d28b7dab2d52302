// How the server's errors reach a caller.
import { status, type ServiceError } from '@grpc/grpc-js';
import { decode } from './protocol.js';

export type ErrorCode = keyof typeof status;

/** A google.rpc detail, as it came along. */
export interface ErrorDetail {
  typeUrl: string;
  value: Uint8Array;
}

interface More {
  field?: string;
  retryDelayMs?: number | undefined;
  details?: ErrorDetail[];
}

/** A call that failed, or an item of a batch, with the server's code and message. */
export class ActserveError extends Error {
  /** The field at fault, as a path such as "items[2].parameters.beta"; may be empty. */
  readonly field: string;
  /** How long the server asks to wait before another attempt, in milliseconds. */
  readonly retryDelayMs: number | undefined;
  readonly details: readonly ErrorDetail[];

  constructor(
    readonly code: ErrorCode,
    message: string,
    more: More = {},
  ) {
    super(message);
    this.name = 'ActserveError';
    this.field = more.field ?? '';
    this.retryDelayMs = more.retryDelayMs;
    this.details = more.details ?? [];
  }
}

function codeOf(number: number): ErrorCode {
  return (status[number] ?? 'UNKNOWN') as ErrorCode;
}

export function nonsense(what: string): ActserveError {
  return new ActserveError('INTERNAL', `the server's answer makes no sense: ${what}`);
}

export function ofItem(item: { code: number; message: string; field: string }): ActserveError {
  return new ActserveError(codeOf(item.code), item.message, { field: item.field });
}

/** With what the trailer grpc-status-details-bin says. */
export function ofCall(error: ServiceError): ActserveError {
  const more: More = {};
  const [trailer] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (trailer instanceof Buffer) {
    try {
      readDetails(trailer, more);
    } catch {
      // Not what it ought to be; the code and the message still count.
    }
  }
  return new ActserveError(codeOf(error.code), error.details, more);
}

function readDetails(trailer: Buffer, more: More): void {
  const rpcStatus = decode('google.rpc.Status', trailer);
  // protobufjs' own definition of Any keeps this name as it is in the proto.
  more.details = rpcStatus['details'].map((any: any) => ({ typeUrl: any.type_url, value: any.value }));
  for (const { typeUrl, value } of more.details!) {
    if (typeUrl.endsWith('/google.rpc.BadRequest')) {
      more.field = decode('google.rpc.BadRequest', value)['fieldViolations'][0]?.field ?? '';
    } else if (typeUrl.endsWith('/google.rpc.RetryInfo')) {
      const delay = decode('google.rpc.RetryInfo', value)['retryDelay'];
      if (delay) more.retryDelayMs = delay.seconds * 1000 + delay.nanos / 1e6;
    }
  }
}
