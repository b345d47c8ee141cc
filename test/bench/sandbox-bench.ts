/**
 * Strangers' decoders in the sandbox, decodes a second.
 *
 * The decoder has the size and the habits of an ordinary public one: a type-length-value loop, a switch,
 * helper functions, hex and a table, over a payload of 24 bytes.
 */
import { codecOf, createSandbox, type SandboxCall } from '@veilleur/codec';

const BATCH = 100;
const SECONDS = 3;

const TYPICAL_CODEC = `
var STATES = { 0: 'normal', 1: 'low', 2: 'alarm' };
function int16(bytes, at) { var v = (bytes[at] << 8) | bytes[at + 1]; return v > 0x7fff ? v - 0x10000 : v; }
function hex(bytes) { return bytes.map(function (b) { return ('0' + b.toString(16)).slice(-2); }).join(''); }
function decodeUplink(input) {
  var data = {}, bytes = input.bytes, warnings = [];
  for (var i = 0; i + 3 < bytes.length; i += 4) {
    switch (bytes[i] % 5) {
      case 0: data['temperature_' + i] = int16(bytes, i + 1) / 10; break;
      case 1: data['humidity_' + i] = bytes[i + 1] / 2; break;
      case 2: data['battery_' + i] = { voltage: (bytes[i + 1] + 150) / 100, state: STATES[bytes[i + 2] % 3] }; break;
      case 3: data['serial_' + i] = hex(bytes.slice(i + 1, i + 4)); break;
      default: warnings.push('unknown channel ' + bytes[i]);
    }
  }
  return { data: data, warnings: warnings, errors: [] };
}`;

function calls(codecs: number): SandboxCall[] {
  return Array.from({ length: BATCH }, (_, index) => ({
    codec: codecOf(`// ${index % codecs}${TYPICAL_CODEC}`),
    kind: 'decodeUplink',
    input: {
      bytes: Array.from({ length: 24 }, (_byte, at) => (at * 37 + index) & 0xff),
      fPort: 2,
      recvTime: new Date(1_770_000_000_000 + index * 1000),
      variables: {},
    },
  }));
}

async function decodesPerSecond(codecs: number, workers: number): Promise<number> {
  const sandbox = createSandbox({ workers });
  const batch = calls(codecs);
  await sandbox.run(batch);
  let decodes = 0;
  const startedAt = performance.now();
  while (performance.now() - startedAt < SECONDS * 1000) {
    // Two batches at a time, so that the worker finds the next one when it has done the first.
    const results = await Promise.all([sandbox.run(batch), sandbox.run(batch)]);
    for (const result of results.flat()) {
      if (result.outcome !== 'returned') throw new Error(`the bench decoder: ${JSON.stringify(result)}`);
    }
    decodes += 2 * BATCH;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await sandbox.stop();
  return Math.round(decodes / seconds);
}

async function timeToFirstAnswerMs(): Promise<number> {
  const sandbox = createSandbox();
  const startedAt = performance.now();
  await sandbox.run(calls(1).slice(0, 1));
  const tookMs = performance.now() - startedAt;
  await sandbox.stop();
  return Math.round(tookMs);
}

/** One worker, batches of 100; `twoWorkers` shows what a second one adds on this machine. */
export async function measureSandbox() {
  return {
    timeToFirstAnswerMs: await timeToFirstAnswerMs(),
    oneCodec: await decodesPerSecond(1, 1),
    twentyCodecs: await decodesPerSecond(20, 1),
    twentyCodecsTwoWorkers: await decodesPerSecond(20, 2),
  };
}
