import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { type Delivery, MqttConnection } from '../../services/bridge/src/mqtt-connection.ts';
import { AcknowledgeAfterCommit } from '../../services/stack/src/acknowledge-after-commit.ts';
import { until } from '../support/bridge-under-test.ts';
import { endingsAfterEach } from '../support/endings.ts';

const BRIDGE = { clientId: 'bridge', topicFilters: ['application/+/device/+/event/+'] };
const EVENT = 'application/1/device/70b3d5e75e000001/event/up';

const endings = endingsAfterEach();

async function startBroker(mostHeld?: number) {
  const broker = await Aedes.createBroker();
  const gate = new AcknowledgeAfterCommit(broker, BRIDGE, mostHeld);
  const server = createServer(broker.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    server.close();
  });
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const publisher = async (options: IClientOptions = {}): Promise<MqttClient> => {
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 50, ...options });
    client.on('error', () => {});
    endings.push(() => client.endAsync(true));
    return client;
  };
  return { gate, url, publisher };
}

/** A bridge whose commits the test decides. */
async function connectBridge(url: string) {
  const deliveries: Delivery[] = [];
  const connection = await MqttConnection.open({
    url: new URL(url),
    ...BRIDGE,
    version: 4,
    keepAliveS: 30,
    sessionExpiryS: 600,
    window: 4000,
    onDelivery: (delivery) => deliveries.push(delivery),
  });
  endings.push(() => connection.close());
  return {
    close: () => connection.close(),
    deliveries,
    texts: () => deliveries.map(({ payload }) => Buffer.from(payload).toString()),
    received: (count: number) =>
      until(
        () => deliveries.length >= count,
        5000,
        () => `${count} deliveries; there are ${deliveries.length}`,
      ),
    commit: () => {
      for (const delivery of deliveries.splice(0)) delivery.acknowledge();
    },
  };
}

/** Publishes each text; tells which have been acknowledged, in order. */
function publish(client: MqttClient, texts: readonly string[], qos: 1 | 2 = 1, topic = EVENT) {
  const acknowledged: string[] = [];
  const all = Promise.all(
    texts.map((text) => client.publishAsync(topic, text, { qos }).then(() => acknowledged.push(text))),
  );
  all.catch(() => {});
  return { acknowledged, all };
}

describe('the embedded broker', () => {
  it('acknowledges what the bridge reads when the bridge has, and not before; each once, in order', async () => {
    const { gate, url, publisher } = await startBroker();
    const bridge = await connectBridge(url);
    const sent = publish(await publisher(), ['a', 'b', '', 'c']);
    await bridge.received(4);
    await delay(100);
    expect(sent.acknowledged).toEqual([]);
    expect(bridge.texts()).toEqual(['a', 'b', '', 'c']);

    // The bridge acknowledges in the order of arrival whatever the order of its commits.
    for (const delivery of bridge.deliveries.slice(1)) delivery.acknowledge();
    await delay(100);
    expect(sent.acknowledged).toEqual([]);
    bridge.deliveries[0]?.acknowledge();
    await sent.all;
    expect(sent.acknowledged).toEqual(['a', 'b', '', 'c']);
    expect(bridge.deliveries).toHaveLength(4);
    expect(gate.waiting).toEqual({ held: 0, notRouted: 0 });
  });

  it('at QoS 2 as well', async () => {
    const { gate, url, publisher } = await startBroker();
    const bridge = await connectBridge(url);
    const sent = publish(await publisher(), ['a', 'b'], 2);
    await bridge.received(2);
    await delay(100);
    expect(sent.acknowledged).toEqual([]);
    bridge.commit();
    await sent.all;
    await delay(50);
    expect(bridge.deliveries).toEqual([]);
    expect(gate.waiting).toEqual({ held: 0, notRouted: 0 });
  });

  it('does not lose what comes before the bridge has subscribed', async () => {
    const { url, publisher } = await startBroker();
    const sent = publish(await publisher(), ['early', 'too']);
    await delay(100);
    expect(sent.acknowledged).toEqual([]);
    const bridge = await connectBridge(url);
    await bridge.received(2);
    bridge.commit();
    await sent.all;
  });

  it('holds on while the bridge is away, and acknowledges once what the bridge was sent twice', async () => {
    const { gate, url, publisher } = await startBroker();
    const first = await connectBridge(url);
    const sent = publish(await publisher(), ['a', 'b']);
    await first.received(2);
    await first.close();
    const later = publish(await publisher(), ['c']);
    await delay(100);
    const second = await connectBridge(url);
    await second.received(3);
    expect(second.texts().sort()).toEqual(['a', 'b', 'c']);
    expect([...sent.acknowledged, ...later.acknowledged]).toEqual([]);
    second.commit();
    await Promise.all([sent.all, later.all]);
    expect(gate.waiting).toEqual({ held: 0, notRouted: 0 });
  });

  it('forgets a publisher that has gone: the commit frees its message, and its repetition is acknowledged', async () => {
    const { gate, url, publisher } = await startBroker();
    const bridge = await connectBridge(url);
    const client = await publisher();
    const sent = publish(client, ['a']);
    await bridge.received(1);
    client.stream.destroy();
    // MQTT.js connects again and sends again what has no PUBACK.
    await bridge.received(2);
    expect(bridge.texts()).toEqual(['a', 'a']);
    expect(gate.waiting.held).toBe(2);
    bridge.commit();
    await sent.all;
    expect(gate.waiting).toEqual({ held: 0, notRouted: 0 });
  });

  it('holds no more than its limit; what waits beyond is routed as the bridge commits, and freed with its publisher', async () => {
    const { gate, url, publisher } = await startBroker(3);
    const bridge = await connectBridge(url);
    const texts = Array.from({ length: 10 }, (_, i) => `message ${i}`);
    const sent = publish(await publisher(), texts);
    const gone = await publisher({ reconnectPeriod: 0 });
    await bridge.received(3);
    publish(gone, ['of one that goes']);
    await until(
      () => gate.waiting.notRouted === 8,
      5000,
      () => `8 that wait; there are ${gate.waiting.notRouted}`,
    );
    expect(bridge.deliveries).toHaveLength(3);
    gone.stream.destroy();
    await until(
      () => gate.waiting.notRouted === 7,
      5000,
      () => 'one less',
    );
    const seen: string[] = [];
    for (const expected of [3, 3, 3, 1]) {
      await bridge.received(expected);
      expect(gate.waiting.held).toBe(expected);
      seen.push(...bridge.texts());
      bridge.commit();
    }
    await sent.all;
    expect(seen).toEqual(texts);
    expect(gate.waiting).toEqual({ held: 0, notRouted: 0 });
  });

  it('leaves other topics and QoS 0 alone: they need no bridge', async () => {
    const { url, publisher } = await startBroker();
    const listener = await publisher();
    const heard: string[] = [];
    listener.on('message', (topic) => heard.push(topic));
    await listener.subscribeAsync('#', { qos: 1 });
    const client = await publisher();
    await client.publishAsync('gateway/1/event/stats', 'x', { qos: 1 });
    await client.publishAsync('gateway/1/event/stats', 'x', { qos: 2 });
    await client.publishAsync(EVENT, 'x', { qos: 0 });
    await until(
      () => heard.length === 3,
      5000,
      () => `three messages; heard ${heard.join(', ')}`,
    );
    // Another reader's acknowledgement is no commit.
    const bridge = await connectBridge(url);
    const sent = publish(client, ['y']);
    await bridge.received(1);
    await until(
      () => heard.length === 4,
      5000,
      () => `a copy for the listener; heard ${heard.join(', ')}`,
    );
    await delay(100);
    expect(sent.acknowledged).toEqual([]);
    bridge.commit();
    await sent.all;
    expect(heard.sort()).toEqual([EVENT, EVENT, 'gateway/1/event/stats', 'gateway/1/event/stats']);
  });

  it('a retained event is not kept: it would come again with each of the bridge’s connections', async () => {
    const { url, publisher } = await startBroker();
    const bridge = await connectBridge(url);
    const client = await publisher();
    const sent = client.publishAsync(EVENT, 'once', { qos: 1, retain: true });
    await bridge.received(1);
    bridge.commit();
    await sent;
    await bridge.close();
    const again = await connectBridge(url);
    await delay(200);
    expect(again.texts()).toEqual([]);
  });
});
