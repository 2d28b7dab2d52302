// A server in this process that refuses at will, and otherwise answers each item with its input.
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('../dist/proto', import.meta.url));
const definition = loadSync('actserve/v1/activation.proto', { includeDirs: [PROTO], longs: Number, enums: String });

// google.rpc.Status with a RetryInfo, by hand: a field's key, its length, its bytes. The delay is below 128 ns * 2^21.
function retryDetails(ms) {
  const field = (number, bytes) => Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const nanos = [];
  for (let rest = ms * 1e6; rest > 0; rest = Math.floor(rest / 128)) nanos.push((rest % 128) | (rest >= 128 ? 128 : 0));
  const info = field(1, Buffer.from([2 << 3, ...nanos]));
  const any = Buffer.concat([field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), field(2, info)]);
  return Buffer.concat([Buffer.from([8, 8]), field(2, Buffer.from('full')), field(3, any)]);
}

/** Of its calls, the next `refusals` are refused; `retryMs` is what it then asks to wait. */
export class FakeServer {
  refusals = 0;
  retryMs = 1;
  delayMs = 0;
  calls = 0;

  static async start(address = '127.0.0.1:0') {
    const fake = new FakeServer();
    fake.server = new grpc.Server({ 'grpc.so_reuseport': 0 });
    fake.server.addService(definition['actserve.v1.ActivationService'], {
      Evaluate: (call, done) => {
        const refused = fake.#refuse();
        if (refused) return done(refused);
        setTimeout(() => done(null, fake.#answer(call.request)), fake.delayMs);
      },
      EvaluateStream: (call) => {
        const refused = fake.#refuse();
        if (refused) return call.emit('error', refused);
        call.on('data', (request) => call.write(fake.#answer(request)));
        call.on('end', () => call.end());
      },
    });
    const port = await new Promise((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      fake.server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    fake.address = `127.0.0.1:${port}`;
    return fake;
  }

  stop() {
    this.server.forceShutdown();
  }

  #refuse() {
    ++this.calls;
    if (this.refusals === 0) return undefined;
    --this.refusals;
    const metadata = new grpc.Metadata();
    metadata.set('grpc-retry-pushback-ms', String(this.retryMs));
    metadata.set('grpc-status-details-bin', retryDetails(this.retryMs));
    return { code: grpc.status.RESOURCE_EXHAUSTED, details: 'full', metadata };
  }

  #answer(request) {
    return { results: request.items.map((item) => ({ output: item.input })) };
  }
}
