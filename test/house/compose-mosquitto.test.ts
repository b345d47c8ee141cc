import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, hasMosquitto } from '../support/brokers.ts';
import { infra } from '../support/compose.ts';
import { REPOSITORY } from '../support/repository.ts';

const USERS = ['chirpstack', 'gateways', 'veilleur', 'veilleur-alerts'];

describe.skipIf(!hasMosquitto)('the broker of compose, started by its script', () => {
  let folder: string;
  let port: number;
  let stop: () => Promise<void>;
  const endings: (() => Promise<unknown>)[] = [];

  const connect = async (username?: string, password = `secret of ${username}`): Promise<MqttClient> => {
    const login = username === undefined ? {} : { username, password };
    const options = { protocolVersion: 5, reconnectPeriod: 0, connectTimeout: 2000, ...login } as const;
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, options, false);
    endings.push(() => client.endAsync(true));
    return client;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilleur-broker-'));
    port = await freePort();
    await chmod(folder, 0o755);
    for (const name of ['config', 'data', 'run', 'secrets']) {
      await mkdir(join(folder, name));
      await chmod(join(folder, name), 0o777);
    }
    const conf = (await infra('compose/mosquitto/mosquitto.conf'))
      .replaceAll('/mosquitto/', `${folder}/`)
      .replace('listener 1883', `listener ${port} 127.0.0.1`);
    // As the container, the script runs as the broker's own user; here as whoever runs the tests.
    await writeFile(join(folder, 'config/mosquitto.conf'), `${conf}\nuser root\n`);
    await writeFile(join(folder, 'config/acl'), await infra('mosquitto/acl'));
    await writeFile(join(folder, 'config/gateways.acl'), await infra('compose/mosquitto/gateways.acl'));
    for (const user of USERS) {
      await writeFile(join(folder, `secrets/mqtt_${user}_password`), `secret of ${user}\n`);
    }
    const child = spawn('/bin/sh', [`${REPOSITORY}infra/compose/mosquitto/start.sh`], {
      env: {
        PATH: `/usr/sbin:${process.env.PATH}`,
        MOSQUITTO_CONFIG: join(folder, 'config'),
        MOSQUITTO_RUN: join(folder, 'run'),
        MOSQUITTO_SECRETS: join(folder, 'secrets'),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    stop = async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    };
    for (let attempt = 0; !said.includes(' running'); attempt += 1) {
      if (child.exitCode !== null || attempt > 100) throw new Error(`it does not start: ${said}`);
      await delay(50);
    }
  });
  afterAll(async () => {
    for (const end of endings) await end();
    await stop();
    await rm(folder, { recursive: true });
  });

  it('lets nobody in without a password, or with another’s', async () => {
    await expect(connect()).rejects.toThrow(/not authorized/i);
    await expect(connect('veilleur', 'secret of chirpstack')).rejects.toThrow(/not authorized/i);
  });

  it('takes uplinks from ChirpStack to the bridge, and from gateways to ChirpStack, and nowhere else', async () => {
    const [chirpstack, gateways, veilleur] = await Promise.all(
      ['chirpstack', 'gateways', 'veilleur'].map((user) => connect(user)),
    );
    if (!chirpstack || !gateways || !veilleur) throw new Error('three clients');
    const heard: string[] = [];
    for (const [name, client] of Object.entries({ chirpstack, gateways, veilleur })) {
      client.on('message', (topic, payload) => heard.push(`${name} hears ${topic} ${payload.toString()}`));
    }
    await veilleur.subscribeAsync('application/+/device/+/event/+', { qos: 1 });
    await chirpstack.subscribeAsync('eu868/gateway/+/event/+', { qos: 1 });
    // Mosquitto takes this one, and gives it nothing: what may be read is looked at with each message.
    await gateways.subscribeAsync('application/#', { qos: 1 });
    const event = 'application/eau/device/70b3d5e75e000001/event/up';
    for (const user of ['gateways', 'veilleur']) {
      const forger = await connect(user);
      // Mosquitto drops what is forbidden; 2.0.11 drops who sends it as well.
      const dropped = new Promise<void>((resolve) => forger.once('close', () => resolve()));
      await forger.publishAsync(event, 'forged');
      await Promise.race([dropped, delay(200)]);
    }
    await gateways.publishAsync('eu868/gateway/0102030405060708/event/up', 'frame', { qos: 1 });
    await chirpstack.publishAsync(event, 'true', { qos: 1 });
    for (let attempt = 0; heard.length < 2 && attempt < 100; attempt += 1) await delay(20);
    expect(heard.sort()).toEqual([
      'chirpstack hears eu868/gateway/0102030405060708/event/up frame',
      `veilleur hears ${event} true`,
    ]);
  });
});
