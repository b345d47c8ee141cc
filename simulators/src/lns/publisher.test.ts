import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestBroker } from '../fixtures/broker.ts';
import { publish } from './publisher.ts';

const cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

async function brokerOf(...args: Parameters<typeof startTestBroker>) {
  const broker = await startTestBroker(...args);
  cleanUp.push(() => broker.close());
  return broker;
}

function* numbered(count: number) {
  for (let n = 0; n < count; n++) yield { topic: `t/${n % 7}`, payload: `${n} é${'x'.repeat(n % 300)}` };
}
const numberOf = ({ payload }: { payload: Buffer }) => Number.parseInt(payload.toString(), 10);

describe('the publisher', () => {
  it('delivers everything, in order, and counts what was acknowledged', async () => {
    const broker = await brokerOf();
    const acknowledged: string[] = [];
    const run = await publish(numbered(3000), {
      url: broker.url,
      clientId: 'p',
      inFlight: 100,
      onAcknowledged: ({ payload }) => acknowledged.push(payload),
    });
    expect(await run.finished).toMatchObject({
      published: 3000,
      acknowledged: 3000,
      repeated: 0,
      reconnects: 0,
    });
    expect(broker.received.map(numberOf)).toEqual([...Array(3000).keys()]);
    expect(broker.received.map(({ payload }) => payload.toString())).toEqual(
      [...numbered(3000)].map(({ payload }) => payload),
    );
    expect(acknowledged).toHaveLength(3000);
  });

  it('takes no more from its source than the window lets it', async () => {
    const broker = await brokerOf({ muteFrom: 50 });
    let taken = 0;
    const stopping = new AbortController();
    function* source() {
      for (const message of numbered(100_000)) {
        taken += 1;
        yield message;
      }
    }
    const run = await publish(source(), {
      url: broker.url,
      clientId: 'p',
      inFlight: 20,
      signal: stopping.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(run.counts.acknowledged).toBe(50);
    expect(run.counts.published).toBe(70);
    expect(taken).toBeLessThanOrEqual(71);
    stopping.abort();
    expect(await run.finished).toMatchObject({ published: 70, acknowledged: 50 });
  });

  it('loses nothing when the broker restarts: what was open comes again, marked', async () => {
    const first = await startTestBroker({ muteFrom: 400 });
    const cut = new Promise<void>((resolve) => {
      first.onEachPublish(() => {
        if (first.received.length === 450) resolve();
      });
    });
    const troubles: string[] = [];
    const run = await publish(numbered(1000), {
      url: first.url,
      clientId: 'p',
      inFlight: 50,
      onTrouble: ({ message }) => troubles.push(message),
    });
    await cut;
    await first.close();
    await new Promise((resolve) => setTimeout(resolve, 700));
    const second = await brokerOf({ port: first.port });
    expect(await run.finished).toMatchObject({
      published: 1000,
      acknowledged: 1000,
      repeated: 50,
      reconnects: 1,
    });
    expect(second.received.map(numberOf)).toEqual(Array.from({ length: 600 }, (_, n) => n + 400));
    expect(second.received.map(({ dup }) => dup)).toEqual([
      ...Array(50).fill(true),
      ...Array(550).fill(false),
    ]);
    expect(troubles).toEqual([expect.stringContaining('waits for it')]);
  });

  it('keeps to its rate, and to the moments that messages are due at', async () => {
    const broker = await brokerOf();
    const startMs = Date.now();
    const paced = await publish(numbered(200), { url: broker.url, clientId: 'p', rate: 400 });
    await paced.finished;
    const tookMs = Date.now() - startMs;
    expect(tookMs).toBeGreaterThan(450);
    const early: number[] = [];
    const fromMs = Date.now() + 50;
    const live = await publish(
      [...Array(30).keys()].map((n) => ({ topic: 't', payload: String(n) })),
      {
        url: broker.url,
        clientId: 'p',
        dueAtMs: ({ payload }) => fromMs + Number(payload) * 10,
        onAcknowledged: ({ payload }) => {
          if (Date.now() < fromMs + Number(payload) * 10) early.push(Number(payload));
        },
      },
    );
    expect(await live.finished).toMatchObject({ acknowledged: 30 });
    expect(early).toEqual([]);
    expect(Date.now()).toBeGreaterThanOrEqual(fromMs + 290);
  });

  it('gives user and password, also out of the address, and says that they are wrong without telling them', async () => {
    const broker = await brokerOf({ user: { name: 'ville', password: 'pass/word' } });
    const { port } = broker;
    const url = `mqtt://ville:pass%2Fword@127.0.0.1:${port}`;
    expect(await (await publish(numbered(5), { url, clientId: 'p' })).finished).toMatchObject({
      acknowledged: 5,
    });
    const wrong = publish(numbered(5), { url: `mqtt://ville:secret@127.0.0.1:${port}`, clientId: 'p' });
    await expect(wrong).rejects.toMatchObject({
      code: 'broker_refused',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('says that there is no broker', async () => {
    const broker = await startTestBroker();
    await broker.close();
    await expect(
      publish(numbered(1), { url: broker.url, clientId: 'p', connectTimeoutMs: 300 }),
    ).rejects.toMatchObject({ code: 'broker_unreachable' });
  });

  it('speaks TLS, and trusts nobody whom it was not told to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'veilleur-tls-'));
    cleanUp.push(() => rmSync(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`.split(
        ' ',
      ),
      { stdio: 'ignore' },
    );
    const broker = await brokerOf({ tls: { key: readFileSync(key), cert: readFileSync(cert) } });
    const tls = { ca: readFileSync(cert) };
    const run = await publish(numbered(500), { url: broker.url, clientId: 'p', tls });
    expect(await run.finished).toMatchObject({ acknowledged: 500 });
    await expect(
      publish(numbered(1), { url: broker.url, clientId: 'p', connectTimeoutMs: 300 }),
    ).rejects.toMatchObject({ code: 'broker_unreachable' });
  });
});
