import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync, type IClientOptions } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { freePort, hasMosquitto, startAedes } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { REPOSITORY } from '../support/repository.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

const endings = endingsAfterEach();

interface Verdict {
  readonly status: number;
  readonly findings: readonly {
    readonly check: string;
    readonly verdict: string;
    readonly finding: string;
  }[];
}

async function doctor(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Verdict> {
  const { status, stdout } = await runVeilleur(['doctor', '--json', ...args], {
    DATABASE_URL: '',
    MQTT_URL: '',
    ...environment,
  });
  return { status, findings: JSON.parse(stdout).findings };
}
const of = ({ findings }: Verdict, check: string, verdict: string) =>
  findings.filter((one) => one.check === check && one.verdict === verdict).map(({ finding }) => finding);

/** A real Mosquitto under a configuration, in a folder of its own. */
async function mosquitto(
  write: (place: { folder: string; ports: [number, number] }) => string | Promise<string>,
) {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-doctor-'));
  await mkdir(join(folder, 'data'));
  await chmod(folder, 0o755);
  await chmod(join(folder, 'data'), 0o777);
  const ports: [number, number] = [await freePort(), await freePort()];
  const file = join(folder, 'mosquitto.conf');
  await writeFile(file, await write({ folder, ports }));
  const child = spawn('/usr/sbin/mosquitto', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  endings.push(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });
  const connect = (options: IClientOptions = {}, [scheme, port]: [string, number] = ['mqtt', ports[0]]) =>
    connectAsync(
      `${scheme}://127.0.0.1:${port}`,
      { reconnectPeriod: 0, protocolVersion: 5, ...options },
      false,
    );
  const isUp = async () => {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if (child.exitCode !== null) throw new Error(`Mosquitto does not start: ${said}`);
      try {
        await (await connect({ connectTimeout: 500 })).endAsync();
        return;
      } catch (thrown) {
        // Refused for want of a password: it listens.
        if (thrown instanceof Error && /not authorized/i.test(thrown.message)) return;
        await delay(50);
      }
    }
    throw new Error(`Mosquitto does not listen: ${said}`);
  };
  await isUp();
  return { file, folder, ports, url: `mqtt://127.0.0.1:${ports[0]}`, connect };
}

const infra = (name: string) => readFile(join(REPOSITORY, 'infra/mosquitto', name), 'utf8');
const placed = (text: string, { folder, ports }: { folder: string; ports: [number, number] }) =>
  text
    .replaceAll('/var/lib/mosquitto/', `${folder}/data/`)
    .replaceAll('/etc/mosquitto/', `${folder}/`)
    .replace('listener 1883', `listener ${ports[0]}`)
    .replace('listener 8883', `listener ${ports[1]}`);

describe.skipIf(!hasMosquitto)('the doctor, before a real Mosquitto', () => {
  it('finds nothing wrong with the configuration of this repository, which starts', async () => {
    const broker = await mosquitto(async (place) => placed(await infra('mosquitto.conf'), place));
    const verdict = await doctor(['--mosquitto-conf', broker.file, '--outage', '14d', '--rate', '28/s'], {
      MQTT_URL: broker.url,
    });
    expect(of(verdict, 'mosquitto', 'bad')).toEqual([]);
    expect(of(verdict, 'mosquitto', 'warning')).toEqual([]);
    // A session of 7 days is what a bridge asks for, less than the 14 days asked here.
    expect(of(verdict, 'broker', 'bad')).toEqual([
      'a bridge that is away for 7 d loses its session and its queue: MQTT_SESSION_EXPIRY_S asks for no more',
    ]);
    const day = await doctor(['--mosquitto-conf', broker.file], { MQTT_URL: broker.url });
    expect(of(day, 'broker', 'bad')).toEqual([]);
    expect(of(day, 'broker', 'good')).toEqual([
      'it speaks MQTT 5 with shared subscriptions',
      'it does not object to a session of 7 d (Mosquitto: see --mosquitto-conf)',
      expect.stringMatching(/^mosquitto version 2\./),
    ]);
    expect(day.status).toBe(0);
    const grouped = await doctor([], { MQTT_URL: broker.url, MQTT_SHARE_GROUP: 'city' });
    expect(of(grouped, 'broker', 'warning')).toEqual([
      expect.stringMatching(/^MQTT_SHARE_GROUP is city, and Mosquitto forgets shared subscriptions/),
    ]);
  });

  it('finds nothing wrong with the one for a city: TLS, passwords, and each user what it may', async () => {
    const broker = await mosquitto(async (place) => {
      const certificates = join(place.folder, 'certs');
      await mkdir(certificates);
      execFileSync(
        '/usr/bin/openssl',
        `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout ${certificates}/privkey.pem -out ${certificates}/fullchain.pem`.split(
          ' ',
        ),
        { stdio: 'ignore' },
      );
      await chmod(join(certificates, 'privkey.pem'), 0o644);
      const passwords = join(place.folder, 'passwd');
      execFileSync('/usr/bin/mosquitto_passwd', ['-b', '-c', passwords, 'chirpstack', 'secret-1']);
      execFileSync('/usr/bin/mosquitto_passwd', ['-b', passwords, 'veilleur', 'secret-2']);
      await chmod(passwords, 0o644);
      await writeFile(join(place.folder, 'acl'), await infra('acl'));
      return placed(await infra('mosquitto-city.conf'), place);
    });
    const verdict = await doctor(['--mosquitto-conf', broker.file, '--outage', '3d', '--rate', '28/s'], {
      MQTT_URL: broker.url,
      MQTT_USERNAME: 'veilleur',
      MQTT_PASSWORD: 'secret-2',
    });
    expect([...of(verdict, 'mosquitto', 'bad'), ...of(verdict, 'broker', 'bad')]).toEqual([]);
    expect([...of(verdict, 'mosquitto', 'warning'), ...of(verdict, 'broker', 'warning')]).toEqual([]);
    expect(verdict.status).toBe(0);
    expect(of(await doctor([], { MQTT_URL: broker.url }), 'broker', 'bad')).toEqual([
      expect.stringMatching(/not authorized/i),
    ]);

    // The LNS comes over TLS; what it publishes reaches a bridge's shared subscription.
    const bridge = await broker.connect({ username: 'veilleur', password: 'secret-2' });
    const heard: string[] = [];
    bridge.on('message', (topic) => heard.push(topic));
    await bridge.subscribeAsync('$share/veilleur/application/+/device/+/event/+', { qos: 1 });
    const ca = await readFile(join(broker.folder, 'certs/fullchain.pem'));
    const lns = await broker.connect({ username: 'chirpstack', password: 'secret-1', ca }, [
      'mqtts',
      broker.ports[1],
    ]);
    await lns.publishAsync('application/1/device/70b3d5e75e000001/event/up', '{}', { qos: 1 });
    // What a bridge publishes there is refused: it may only read.
    await expect(
      bridge.publishAsync('application/1/device/70b3d5e75e000002/event/up', '{}', { qos: 1 }),
    ).rejects.toThrow(/not authorized/i);
    await delay(200);
    expect(heard).toEqual(['application/1/device/70b3d5e75e000001/event/up']);
    await Promise.all([bridge.endAsync(), lns.endAsync()]);
  });

  it('sees that a queue was full, by the messages that it dropped', async () => {
    const broker = await mosquitto(
      ({ ports, folder }) => `listener ${ports[0]} 127.0.0.1
allow_anonymous true
persistence true
persistence_location ${folder}/data/
max_queued_messages 10
persistent_client_expiration 1h
sys_interval 1
`,
    );
    const away = await broker.connect({
      clientId: 'away',
      clean: false,
      properties: { sessionExpiryInterval: 3600 },
    });
    await away.subscribeAsync('application/#', { qos: 1 });
    await away.endAsync();
    const lns = await broker.connect();
    for (let i = 0; i < 25; i += 1)
      await lns.publishAsync('application/1/device/70b3d5e75e000001/event/up', '{}', { qos: 1 });
    await delay(2500);
    const verdict = await doctor(['--listen', '0s', '--mosquitto-conf', broker.file], {
      MQTT_URL: broker.url,
    });
    expect(of(verdict, 'broker', 'bad')).toEqual([
      'it has dropped 15 messages since it started: a queue was full',
    ]);
    expect(of(verdict, 'mosquitto', 'bad')).toEqual([
      expect.stringContaining('autosave_interval is 1800 s'),
      expect.stringContaining('the queue lasts 0.4 s'),
      expect.stringContaining('away for 60 min loses its session'),
    ]);
    expect(verdict.status).toBe(1);
    await lns.endAsync();
  });

  it('hears that the network server publishes at QoS 0', async () => {
    const broker = await mosquitto(({ ports }) => `listener ${ports[0]} 127.0.0.1\nallow_anonymous true\n`);
    const lns = await broker.connect();
    const topic = 'application/1/device/70b3d5e75e000001/event/up';
    const publishing = setInterval(() => {
      lns.publish(topic, '{}', { qos: 0 });
      lns.publish(topic, '{}', { qos: 1 });
    }, 100);
    try {
      const verdict = await doctor(['--listen', '2s'], { MQTT_URL: broker.url });
      expect(of(verdict, 'broker', 'bad')).toEqual([
        expect.stringMatching(/^\d+ of \d+ messages in 2 s came at QoS 0/),
      ]);
      expect(verdict.status).toBe(1);
    } finally {
      clearInterval(publishing);
      await lns.endAsync();
    }
  });

  it('leaves no session behind', async () => {
    const broker = await mosquitto(
      ({ ports }) => `listener ${ports[0]} 127.0.0.1\nallow_anonymous true\nsys_interval 1\n`,
    );
    await doctor(['--listen', '0s'], { MQTT_URL: broker.url });
    const looker = await broker.connect();
    const away: string[] = [];
    looker.on('message', (_topic, payload) => away.push(payload.toString()));
    await looker.subscribeAsync('$SYS/broker/clients/disconnected');
    await delay(2500);
    expect(away.at(-1)).toBe('0');
    await looker.endAsync();
  });
});

describe('the doctor, elsewhere', () => {
  it('says of a broker of MQTT 3.1.1 that one bridge reads everything', async () => {
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const verdict = await doctor(['--listen', '0s'], { MQTT_URL: broker.url });
    expect(of(verdict, 'broker', 'warning')).toEqual(['it speaks MQTT 3.1.1: one bridge reads everything']);
    expect(verdict.status).toBe(0);
  });

  it('says of no broker that there is none, and of a file that is not there that it cannot be read', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    const verdict = await doctor(['--mosquitto-conf', '/nowhere.conf'], { MQTT_URL: url });
    expect(of(verdict, 'broker', 'bad')).toEqual([expect.stringContaining('ECONNREFUSED')]);
    expect(of(verdict, 'mosquitto', 'bad')).toEqual([expect.stringContaining('/nowhere.conf')]);
    expect(verdict.status).toBe(1);
  });
});
