// Puts the wire's definitions beside the compiled code, which reads them when it starts.
import { cpSync } from 'node:fs';

for (const file of ['actserve/v1/activation.proto', 'google/rpc/error_details.proto']) {
  cpSync(new URL(`../../../proto/${file}`, import.meta.url), new URL(`../dist/proto/${file}`, import.meta.url));
}
