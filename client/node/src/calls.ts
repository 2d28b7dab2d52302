// Calls as promises, and streams as async iterators.
import * as grpc from '@grpc/grpc-js';
import { type ActserveError, nonsense, ofCall } from './errors.js';
import type { Duplex, WireRequest, WireResponse } from './protocol.js';

/** Of one call, or one stream. */
export interface CallOptions {
  /** The client's unless given; Infinity for none. */
  deadlineMs?: number;
  /** Gives the call up, which then fails with CANCELLED. */
  signal?: AbortSignal;
}

export interface StreamOptions extends CallOptions {
  /** Batches that are sent and not yet answered, at most. Default 4. */
  inFlight?: number;
}

export interface Context {
  metadata: grpc.Metadata;
  deadlineMs: number;
}

function grpcOptions(context: Context, call: CallOptions): grpc.CallOptions {
  const deadlineMs = call.deadlineMs ?? context.deadlineMs;
  return Number.isFinite(deadlineMs) ? { deadline: Date.now() + deadlineMs } : {};
}

// Calls `cancel` once the signal says so; returns what ends that.
function follow(signal: AbortSignal | undefined, cancel: () => void): () => void {
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return () => signal?.removeEventListener('abort', cancel);
}

export function unary<Response>(
  start: (
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    done: (error: grpc.ServiceError | null, response?: Response) => void,
  ) => grpc.ClientUnaryCall,
  context: Context,
  options: CallOptions,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    let unfollow = () => {};
    const call = start(context.metadata, grpcOptions(context, options), (error, response) => {
      unfollow();
      if (error) reject(ofCall(error));
      else resolve(response!);
    });
    unfollow = follow(options.signal, () => call.cancel());
  });
}

/** Sends batches as they are asked for, up to `inFlight` ahead, and yields their results in order. */
export async function* stream<Item, Result>(
  open: Duplex,
  batches: AsyncIterable<readonly Item[]> | Iterable<readonly Item[]>,
  toRequest: (batch: readonly Item[]) => WireRequest,
  toResults: (response: WireResponse, count: number) => (Result | ActserveError)[],
  context: Context,
  options: StreamOptions,
): AsyncGenerator<(Result | ActserveError)[], void, undefined> {
  const call = open(context.metadata, grpcOptions(context, options));
  call.on('error', () => {}); // what the iterator below reports; without a listener it would end the process
  const unfollow = follow(options.signal, () => call.cancel());
  const responses = call[Symbol.asyncIterator]() as AsyncIterator<WireResponse>;
  const counts: number[] = []; // the items of the batches in flight
  const next = async () => {
    const answer = await responses.next().catch((error) => Promise.reject(ofCall(error)));
    if (answer.done) throw nonsense('the stream ended before all batches were answered');
    return toResults(answer.value, counts.shift()!);
  };
  try {
    for await (const batch of batches) {
      while (counts.length >= Math.max(options.inFlight ?? 4, 1)) yield await next();
      const request = toRequest(batch);
      counts.push(batch.length);
      call.write(request);
    }
    call.end();
    while (counts.length > 0) yield await next();
  } finally {
    unfollow();
    call.cancel(); // of no effect on a call that has ended
  }
}
