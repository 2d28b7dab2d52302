// A client of the service, over gRPC.
import * as grpc from '@grpc/grpc-js';
import { type CallOptions, type Context, stream, type StreamOptions, unary } from './calls.js';
import { channelCredentials, channelOptions, grpcTarget, type RetryOptions, type Tls } from './channel.js';
import { ActserveError } from './errors.js';
import { type FunctionInfo, fromWire } from './functions.js';
import type { EvaluateItem, EvaluateResult, GradientItem, GradientResult, Input } from './items.js';
import { toEvaluateResult, toGradientResult, toRequest, toResults, wireBackend } from './messages.js';
import { type Stub, StubClass, type WireResponse } from './protocol.js';
import type { Tensor } from './tensor.js';

/** Who computes; 'auto' leaves it to the server. */
export type Backend = 'auto' | 'cpu' | 'cuda';

export interface ClientOptions {
  /** Of each call, with all its attempts; of a stream, from its opening. None unless given. */
  deadlineMs?: number;
  retry?: RetryOptions;
  /** Plain text unless given. */
  tls?: Tls;
  /** Sent with each call. */
  token?: string;
  backend?: Backend;
  /** The largest message sent or taken; the server has a limit of its own. Default 1 GiB. */
  maxMessageBytes?: number;
  /**
   * Whether outputs that came without their zeros are made dense (default: true). If not, results have them in `sparse`
   * alone, and an empty tensor as their output.
   */
  decode?: boolean;
}

type Batches<Item> = AsyncIterable<readonly Item[]> | Iterable<readonly Item[]>;
type Rest<Item> = Omit<Item, 'function' | 'input'> & CallOptions;

/**
 * `target` is host:port, [ipv6]:port, unix:/path, a gRPC name such as dns:///host:port, or several addresses with
 * commas between them. Of several addresses, given or found for a name, calls take the next one each (round_robin),
 * and those that do not answer are left out until they do. Connections are made by the first call.
 *
 * Calls fail with an ActserveError. Arguments that can be none are a RangeError or TypeError.
 */
export class Client {
  readonly #stub: Stub;
  readonly #context: Context;
  readonly #backend: string;
  readonly #decode: boolean;

  constructor(target: string, options: ClientOptions = {}) {
    const { retry = {}, tls, token = '', backend = 'auto', maxMessageBytes = 2 ** 30, deadlineMs = Infinity } = options;
    if (!/^[!-~]*$/.test(token)) {
      throw new RangeError('the token cannot be sent; expected visible ASCII characters without spaces');
    }
    const metadata = new grpc.Metadata();
    if (token) metadata.set('authorization', `Bearer ${token}`);
    this.#backend = wireBackend(backend);
    this.#decode = options.decode ?? true;
    this.#context = { metadata, deadlineMs };
    this.#stub = new StubClass(
      grpcTarget(target),
      channelCredentials(tls),
      channelOptions(retry, tls, maxMessageBytes),
    );
  }

  /** Closes the connections, once the calls in progress are over. */
  close(): void {
    this.#stub.close();
  }

  /** y = f(x), of the input's shape. */
  async evaluate(name: string, input: Input, options: Rest<EvaluateItem> = {}): Promise<Tensor> {
    const [result] = await this.evaluateBatch([{ ...options, function: name, input }], options);
    return orThrow(result!).output;
  }

  /** dL/dx, and dL/dp of the learnable parameters that are named. */
  async gradient(name: string, input: Input, options: Rest<GradientItem> = {}): Promise<GradientResult> {
    const [result] = await this.gradientBatch([{ ...options, function: name, input }], options);
    return orThrow(result!);
  }

  /** Computes a batch in one call. A result for each item, in their order: an item that failed has its error. */
  async evaluateBatch(
    items: readonly EvaluateItem[],
    options: CallOptions = {},
  ): Promise<(EvaluateResult | ActserveError)[]> {
    const request = toRequest(items, this.#backend);
    const response = await unary<WireResponse>(
      (...rest) => this.#stub.evaluate(request, ...rest),
      this.#context,
      options,
    );
    return toResults(response, items.length, toEvaluateResult, this.#decode);
  }

  /** As evaluateBatch. */
  async gradientBatch(
    items: readonly GradientItem[],
    options: CallOptions = {},
  ): Promise<(GradientResult | ActserveError)[]> {
    const request = toRequest(items, this.#backend);
    const response = await unary<WireResponse>(
      (...rest) => this.#stub.gradient(request, ...rest),
      this.#context,
      options,
    );
    return toResults(response, items.length, toGradientResult, this.#decode);
  }

  /**
   * Computes batches over one call, some of them at a time, and yields their results in their order. Leaving the loop
   * early ends the call.
   */
  evaluateStream(
    batches: Batches<EvaluateItem>,
    options: StreamOptions = {},
  ): AsyncGenerator<(EvaluateResult | ActserveError)[], void, undefined> {
    const answer = (response: WireResponse, count: number) => toResults(response, count, toEvaluateResult, this.#decode);
    const open = this.#stub.evaluateStream.bind(this.#stub);
    return stream(open, batches, (batch) => toRequest(batch, this.#backend), answer, this.#context, options);
  }

  /** As evaluateStream. */
  gradientStream(
    batches: Batches<GradientItem>,
    options: StreamOptions = {},
  ): AsyncGenerator<(GradientResult | ActserveError)[], void, undefined> {
    const answer = (response: WireResponse, count: number) => toResults(response, count, toGradientResult, this.#decode);
    const open = this.#stub.gradientStream.bind(this.#stub);
    return stream(open, batches, (batch) => toRequest(batch, this.#backend), answer, this.#context, options);
  }

  /** What the server can compute. */
  async listFunctions(options: CallOptions = {}): Promise<FunctionInfo[]> {
    const { functions } = await unary<{ functions: Parameters<typeof fromWire>[0][] }>(
      (...rest) => this.#stub.listFunctions({}, ...rest),
      this.#context,
      options,
    );
    return functions.map(fromWire);
  }

  /** NOT_FOUND, with the nearest names, for a name or alias that the server does not have. */
  async getFunction(name: string, options: CallOptions = {}): Promise<FunctionInfo> {
    return fromWire(await unary((...rest) => this.#stub.getFunction({ name }, ...rest), this.#context, options));
  }
}

function orThrow<Result>(result: Result | ActserveError): Result {
  if (result instanceof ActserveError) throw result;
  return result;
}
