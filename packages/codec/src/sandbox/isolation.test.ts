import { afterEach, describe, expect, test } from 'vitest';

import { type Codec, codecOf, type SandboxCall, type SandboxResult } from './call.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';

const opened: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sandbox) => sandbox.stop()));
});

function open(options?: SandboxOptions): Sandbox {
  const sandbox = createSandbox(options);
  opened.push(sandbox);
  return sandbox;
}

const honest = codecOf('function decodeUplink(input) { return { data: { n: input.bytes[0] } }; }');
const hangs = codecOf('function decodeUplink() { Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) }');
const loops = codecOf('function decodeUplink() { for (;;) {} }');

function callOf(codec: Codec, byte = 1): SandboxCall {
  const recvTime = new Date('2026-03-01T12:00:00Z');
  return { codec, kind: 'decodeUplink', input: { bytes: [byte], fPort: 2, recvTime, variables: {} } };
}

function saying(results: readonly SandboxResult[]): unknown[] {
  return results.map((result) => {
    if (result.outcome === 'refused') return result.code;
    return result.outcome === 'returned'
      ? (result.output as { data?: { n?: unknown } }).data?.n
      : result.message;
  });
}

describe('codecs know nothing of each other', () => {
  const vandals = [
    ['Object.prototype', 'Object.prototype.n = "mine"'],
    ['Array.prototype', 'Array.prototype[0] = "mine"; Array.prototype.push = null'],
    ['JSON', 'JSON.parse = JSON.stringify = () => "mine"'],
    ['Date', 'Date = null; delete globalThis.Date'],
    ['the iterator of arrays', 'Array.prototype[Symbol.iterator] = null'],
    ['Function.prototype', 'Function.prototype.call = Function.prototype.apply = null'],
    [
      'Reflect and Object',
      'for (const o of [Reflect, Object]) for (const k of Object.getOwnPropertyNames(o)) { try { o[k] = null } catch (e) {} }',
    ],
    ['the registry of symbols', 'Symbol.for("mine").constructor.prototype.mine = 1'],
    ['the console', 'console.log = () => { throw 1 }; console = null'],
    [
      'globalThis',
      'for (const k of Object.getOwnPropertyNames(globalThis)) { try { globalThis[k] = null } catch (e) {} }',
    ],
    ['a frozen world', 'Object.freeze(globalThis); Object.freeze(Object.prototype)'],
  ] as const;

  test.each(vandals)(
    '%s tampered with: the vandal itself and its neighbours decode on',
    async (_what, deed) => {
      const sandbox = open();
      const vandal = codecOf(
        `function decodeUplink(input) { ${deed}; return { data: { n: input.bytes[0] } }; }`,
      );
      const byTurns = Array.from({ length: 6 }, (_, index) =>
        callOf(index % 2 === 0 ? vandal : honest, index),
      );
      expect(saying(await sandbox.run(byTurns))).toEqual([0, 1, 2, 3, 4, 5]);
    },
  );

  test('what a codec adds to a prototype is gone in its own next call', async () => {
    const sandbox = open();
    const codec = codecOf(
      'function decodeUplink(i) { const n = [].seen || "nobody"; Array.prototype.seen = i.bytes[0]; return { data: { n } }; }',
    );
    expect(saying(await sandbox.run([callOf(codec, 1), callOf(codec, 2)]))).toEqual(['nobody', 'nobody']);
  });
});

describe('a call that hangs', () => {
  test('is the only one that is refused, though its batch ran on the thread that was ended', async () => {
    const sandbox = open();
    const calls = Array.from({ length: 150 }, (_, index) => callOf(index === 75 ? hangs : honest, index));
    const expected = Array.from({ length: 150 }, (_, index) => (index === 75 ? 'worker_killed' : index));
    expect(saying(await sandbox.run(calls))).toEqual(expected);
    expect(sandbox.stats().get(hangs.id)).toMatchObject({ calls: 1, refused: 1, kills: 1 });
    expect(sandbox.stats().get(honest.id)).toMatchObject({ calls: 149, returned: 149, kills: 0 });
  });

  test('is found though the thread had been idle before', async () => {
    const sandbox = open();
    await sandbox.run([callOf(honest)]);
    expect(saying(await sandbox.run([callOf(hangs)]))).toEqual(['worker_killed']);
    expect(saying(await sandbox.run([callOf(honest, 3)]))).toEqual([3]);
  });

  test('on one of two workers does not delay the codecs of the other', async () => {
    const sandbox = open({ workers: 2 });
    const codecs = Array.from({ length: 8 }, (_, index) => codecOf(`// ${index}\n${honest.source}`));
    await sandbox.run(codecs.map((codec) => callOf(codec)));
    const results = await sandbox.run([callOf(hangs), ...codecs.map((codec) => callOf(codec, 9))]);
    expect(saying(results)).toEqual(['worker_killed', ...codecs.map(() => 9)]);
  });
});

describe('a codec that exceeds its limits again and again', () => {
  test('is put on hold after five times, the rest of its calls answered at once, the others go on', async () => {
    const sandbox = open({ limits: { timeLimitMs: 20 } });
    const calls = Array.from({ length: 40 }, (_, index) => callOf(index % 2 === 0 ? loops : honest, index));
    const startedAt = performance.now();
    const results = saying(await sandbox.run(calls));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    const its = results.filter((_, index) => index % 2 === 0);
    expect(its.filter((said) => said === 'time_limit')).toHaveLength(5);
    expect(its.filter((said) => said === 'on_hold')).toHaveLength(15);
    expect(results.filter((_, index) => index % 2 === 1)).toEqual(
      Array.from({ length: 20 }, (_, at) => at * 2 + 1),
    );
  });

  test('is tried again when its back-off has passed, and then waits twice as long', async () => {
    let now = new Date('2026-03-01T12:00:00Z');
    const sandbox = open({ limits: { timeLimitMs: 20 }, hold: { firstMs: 60_000 }, now: () => now });
    const five = Array.from({ length: 5 }, () => callOf(loops));
    await sandbox.run(five);
    expect(sandbox.stats().get(loops.id)?.onHoldSince).toEqual(now);
    now = new Date('2026-03-01T12:00:59Z');
    expect(saying(await sandbox.run([callOf(loops)]))).toEqual(['on_hold']);
    now = new Date('2026-03-01T12:01:00Z');
    expect(saying(await sandbox.run(five))).toEqual(five.map(() => 'time_limit'));
    now = new Date('2026-03-01T12:02:30Z');
    expect(saying(await sandbox.run([callOf(loops)]))).toEqual(['on_hold']);
    now = new Date('2026-03-01T12:03:00Z');
    expect(saying(await sandbox.run([callOf(loops)]))).toEqual(['time_limit']);
  });

  test('is run again at once when somebody releases it', async () => {
    const sandbox = open({ limits: { timeLimitMs: 20 } });
    await sandbox.run(Array.from({ length: 5 }, () => callOf(loops)));
    sandbox.release(loops.id);
    expect(sandbox.stats().get(loops.id)).toMatchObject({ calls: 5, refused: 5, onHoldSince: null });
    expect(saying(await sandbox.run([callOf(loops)]))).toEqual(['time_limit']);
  });

  test('is not put on hold for throwing: that harms nobody else', async () => {
    const sandbox = open();
    const throws = codecOf('function decodeUplink() { throw new Error("no") }');
    const results = saying(await sandbox.run(Array.from({ length: 30 }, () => callOf(throws))));
    expect(new Set(results)).toEqual(new Set(['Error: no (line 1)']));
  });
});

test('more codecs than contexts are kept: the least recently used one is made anew', async () => {
  const sandbox = open({ limits: { maxContexts: 3 } });
  const codecs = Array.from({ length: 10 }, (_, index) => codecOf(`// ${index}\n${honest.source}`));
  const calls = [...codecs, ...codecs].map((codec, index) => callOf(codec, index));
  expect(saying(await sandbox.run(calls))).toEqual(calls.map((_, index) => index));
});

test('a sandbox that is stopped answers its open calls with an error, and takes no more', async () => {
  const sandbox = open();
  const unanswered = sandbox.run([callOf(honest)]);
  const refused = expect(unanswered).rejects.toMatchObject({ code: 'sandbox_stopped' });
  await sandbox.stop();
  await refused;
  await expect(sandbox.run([callOf(honest)])).rejects.toMatchObject({ code: 'sandbox_stopped' });
});
