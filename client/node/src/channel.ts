// Connections to servers.
import { isIP } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { SERVICE } from './protocol.js';

/**
 * When a call that failed with UNAVAILABLE or RESOURCE_EXHAUSTED is made again. gRPC does it, by its service config,
 * and only as long as nothing of an answer has arrived; a stream is never opened again. Attempts end at the deadline,
 * and when too many fail: after 50 failures that no successes, two for each, have made up for, nothing is made again
 * until they do.
 */
export interface RetryOptions {
  /** At most, of one call: 1 (it is not made again) to 5, gRPC's own limit. Default 4. */
  attempts?: number;
  /**
   * Before the second attempt, 20 % more or less; then twice as long each time. A server that refuses because it is
   * full says how long to wait, and that is kept instead. Default 100.
   */
  firstWaitMs?: number;
  /** Default 1,000. */
  longestWaitMs?: number;
}

/** All in PEM, as text or bytes: not names of files. */
export interface Tls {
  /** Certificates of who may sign the server's; those that Node trusts unless given. */
  ca?: string | Uint8Array;
  /** The client's own, for servers that ask for one (mutual TLS). */
  certificate?: string | Uint8Array;
  /** That certificate's private key, without a passphrase. */
  key?: string | Uint8Array;
  /** The name that the server's certificate is to have; the target's host unless given. */
  serverName?: string;
}

/** What gRPC calls host:port, a list of addresses, or a name of its own. RangeError for what can be none of these. */
export function grpcTarget(target: string): string {
  if (/^(unix|ipv4|ipv6|dns):/.test(target) || target.includes(':/')) return target;
  const parts = target.split(',');
  const addresses = parts.map(split);
  if (parts.length === 1) return target;
  addresses.forEach(([host], i) => {
    if (isIP(host) !== 0) return;
    throw new RangeError(
      `'${parts[i]}' is a name in a list; expected IP addresses, or a single name that stands for all servers`,
    );
  });
  if (addresses.every(([host]) => isIP(host) === 4)) return `ipv4:${target}`;
  return 'ipv6:' + addresses.map(([host, port]) => `[${isIP(host) === 4 ? '::ffff:' : ''}${host}]:${port}`).join(',');
}

function split(address: string): [host: string, port: string] {
  const [, host, port] = /^(.+):([0-9]{1,5})$/.exec(address) ?? [];
  // Left to gRPC, "localhost" would quietly mean port 443.
  if (!host || !port || Number(port) < 1 || Number(port) > 65535) {
    throw new RangeError(`'${address}' is not a server's address; expected HOST:PORT or unix:/PATH`);
  }
  return [host.replace(/^\[(.*)\]$/, '$1'), port];
}

export function serviceConfig(retry: RetryOptions): string {
  const { attempts = 4, firstWaitMs = 100, longestWaitMs = 1000 } = retry;
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 5) {
    throw new RangeError(`retry.attempts is ${attempts}; expected 1 to 5`);
  }
  if (!(0 < firstWaitMs && firstWaitMs <= longestWaitMs)) {
    throw new RangeError(
      `retry.firstWaitMs is ${firstWaitMs}, longestWaitMs ${longestWaitMs}; expected 0 < firstWaitMs <= longestWaitMs`,
    );
  }
  const loadBalancingConfig = [{ round_robin: {} }];
  // Not for streams, as in the other clients: how they ended is the caller's to see.
  const methods = attempts === 1 ? [] : ['Evaluate', 'Gradient', 'ListFunctions', 'GetFunction'];
  const name = methods.map((method) => ({ service: SERVICE, method }));
  const retryPolicy = {
    maxAttempts: attempts,
    initialBackoff: `${firstWaitMs / 1000}s`,
    maxBackoff: `${longestWaitMs / 1000}s`,
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE', 'RESOURCE_EXHAUSTED'],
  };
  if (attempts === 1) return JSON.stringify({ loadBalancingConfig, methodConfig: [] });
  const retryThrottling = { maxTokens: 100, tokenRatio: 0.5 };
  return JSON.stringify({ loadBalancingConfig, retryThrottling, methodConfig: [{ name, retryPolicy }] });
}

export function channelOptions(
  retry: RetryOptions,
  tls: Tls | undefined,
  maxMessageBytes: number,
): grpc.ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.use_local_subchannel_pool': 1, // or all clients of a process would share one connection
    'grpc.service_config': serviceConfig(retry),
    // A request is kept until its answer begins, to be sent again; gRPC would keep 256 KiB.
    'grpc.per_rpc_retry_buffer_size': maxMessageBytes,
    'grpc.retry_buffer_size': 4 * maxMessageBytes,
    // A server that comes back is found within the attempts of a call; gRPC would wait a second, and up to two minutes.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 5000,
    ...(tls?.serverName ? { 'grpc.ssl_target_name_override': tls.serverName } : {}),
  };
}

export function channelCredentials(tls: Tls | undefined): grpc.ChannelCredentials {
  if (!tls) return grpc.credentials.createInsecure();
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    throw new RangeError("a client's certificate and its key belong together; found one of them only");
  }
  const pem = (value?: string | Uint8Array) => (value === undefined ? null : Buffer.from(value));
  return grpc.credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.certificate));
}
