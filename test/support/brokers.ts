import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes, type Client } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';

export interface TestBroker {
  readonly name: string;
  readonly url: string;
  /** SIGKILL, as a machine that loses power would; `restart` brings it back with what it had on disk. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Cuts every client's connection, where the broker is in this process. */
  disconnectAll?(): void;
}

/** A broker that is a process of its own, with a disk. */
export interface MosquittoBroker extends TestBroker {
  readonly port: number;
  /** Another one after each restart. */
  pid(): number;
  /**
   * Resolves when all that was acknowledged (PUBACK) before the call is on disk: Mosquitto writes its
   * whole state at SIGUSR1, then renames the file into place. It does nothing else meanwhile, so a file
   * that is new since the call holds all that came before the call.
   *
   * @throws When it does not happen within 20 s.
   */
  snapshot(): Promise<void>;
  /** SIGTERM: it saves all and ends; `restart` brings it back. */
  end(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
}

const MOSQUITTO = '/usr/sbin/mosquitto';
export const hasMosquitto = existsSync(MOSQUITTO);
if (!hasMosquitto)
  process.stderr.write('NO MOSQUITTO: its stories are skipped (apt-get install mosquitto)\n');

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A Mosquitto of its own, with persistence and queues without a bound. */
export async function startMosquitto({
  autosaveS = 1,
}: {
  /** Seconds between two of its own snapshots. */
  readonly autosaveS?: number;
} = {}): Promise<MosquittoBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-mosquitto-'));
  const port = await freePort();
  const data = join(folder, 'data');
  await mkdir(data);
  // Started by root, Mosquitto becomes a user of its own.
  await chmod(folder, 0o755);
  await chmod(data, 0o777);
  const configuration = join(folder, 'mosquitto.conf');
  await writeFile(
    configuration,
    `listener ${port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location ${data}/
autosave_interval ${autosaveS}
max_queued_messages 0
max_inflight_messages 0
`,
  );
  const start = async () => {
    const child = spawn(MOSQUITTO, ['-c', configuration], { stdio: 'ignore' });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      try {
        const probe = await connectAsync(`mqtt://127.0.0.1:${port}`, {
          reconnectPeriod: 0,
          connectTimeout: 500,
        });
        await probe.endAsync();
        return child;
      } catch {
        await delay(50);
      }
    }
    throw new Error('mosquitto did not start');
  };
  let child = await start();
  const savedFile = () =>
    stat(join(data, 'mosquitto.db')).then(
      ({ ino, mtimeMs }) => `${ino}/${mtimeMs}`,
      () => 'none',
    );
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    name: 'Mosquitto',
    url: `mqtt://127.0.0.1:${port}`,
    port,
    pid: () => child.pid ?? 0,
    snapshot: async () => {
      const before = await savedFile();
      child.kill('SIGUSR1');
      for (let attempt = 0; attempt < 1000; attempt += 1) {
        await delay(20);
        if ((await savedFile()) !== before) return;
      }
      throw new Error('mosquitto saved nothing within 20 s');
    },
    end: () => end('SIGTERM'),
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    restart: async () => {
      child = await start();
    },
    stop: async () => {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The broker that the stack embeds: MQTT 3.1.1 only, its queue in memory. */
export async function startAedes(): Promise<TestBroker> {
  const broker = await Aedes.createBroker();
  const clients = new Set<Client>();
  broker.on('client', (client) => clients.add(client));
  broker.on('clientDisconnect', (client) => clients.delete(client));
  const server = createServer(broker.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const unsupported = () => Promise.reject(new Error('this broker has no disk to come back from'));
  return {
    name: 'aedes',
    url: `mqtt://127.0.0.1:${port}`,
    kill: unsupported,
    restart: unsupported,
    disconnectAll: () => {
      for (const client of clients) client.close();
    },
    stop: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      server.close();
      await once(server, 'close');
    },
  };
}

/** Publishes at QoS 1 and waits until the broker has every message. */
export async function publishAll(
  url: string,
  messages: Iterable<{ readonly topic: string; readonly payload: string | Buffer }>,
  { inFlight = 500 }: { inFlight?: number } = {},
): Promise<number> {
  const client: MqttClient = await connectAsync(url, { protocolVersion: 4 });
  const open = new Set<Promise<unknown>>();
  let count = 0;
  for (const { topic, payload } of messages) {
    count += 1;
    const sent = client.publishAsync(topic, payload, { qos: 1 }).finally(() => open.delete(sent));
    open.add(sent);
    if (open.size >= inFlight) await Promise.race(open);
  }
  await Promise.all(open);
  await client.endAsync();
  return count;
}
