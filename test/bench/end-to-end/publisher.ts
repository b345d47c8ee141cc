import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type UplinkPlan, uplinkAt } from './uplinks.ts';

/**
 * A process that publishes uplinks at QoS 1, made to cost little: MQTT 3.1.1 by hand, one write for
 * many messages. Told what to do, and what is committed, by its parent; tells what the broker took.
 */
export interface PublishOrder {
  readonly kind: 'publish';
  readonly port: number;
  readonly plan: UplinkPlan;
  readonly from: number;
  readonly count: number;
  /** A second; null: as fast as the rest keeps up. */
  readonly rate: number | null;
  /** How many may be published and not yet committed. */
  readonly ahead: number;
}
export type ToPublisher = PublishOrder | { readonly kind: 'committed'; readonly count: number };
export interface FromPublisher {
  readonly kind: 'done';
  readonly acknowledged: number;
  readonly cpuSeconds: number;
}

const AT_ONCE = 100;
const UNACKNOWLEDGED_MAX = 5000;

let committed = 0;
process.on('message', (message: ToPublisher) => {
  if (message.kind === 'committed') committed = message.count;
  else void publish(message);
});

async function publish({ port, plan, from, count, rate, ahead }: PublishOrder): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let acknowledgedBytes = 0;
  socket.write(connectPacket());
  const [connack] = (await once(socket, 'data')) as [Buffer];
  if (connack[3] !== 0) throw new Error(`the broker refused: ${connack.toString('hex')}`);
  // After CONNACK a publisher at QoS 1 is sent nothing but PUBACKs, of four bytes each.
  socket.on('data', (bytes) => {
    acknowledgedBytes += bytes.length;
  });
  const acknowledged = () => Math.floor(acknowledgedBytes / 4);
  const before = process.cpuUsage();
  const startMs = performance.now();
  let sent = 0;
  while (sent < count) {
    const due = rate === null ? count : Math.floor(((performance.now() - startMs) / 1000) * rate);
    const allowed = Math.min(count, due, committed + ahead, acknowledged() + UNACKNOWLEDGED_MAX);
    if (sent >= allowed) {
      await delay(1);
      continue;
    }
    const packets: Buffer[] = [];
    for (; sent < allowed && packets.length < AT_ONCE; sent += 1)
      packets.push(publishPacket(plan, from + sent));
    if (!socket.write(Buffer.concat(packets))) await once(socket, 'drain');
    else await new Promise(setImmediate);
  }
  while (acknowledged() < count) await delay(5);
  const { user, system } = process.cpuUsage(before);
  socket.end(Buffer.from([0xe0, 0x00]));
  const answer: FromPublisher = {
    kind: 'done',
    acknowledged: acknowledged(),
    cpuSeconds: (user + system) / 1e6,
  };
  process.send?.(answer);
}

function connectPacket(): Buffer {
  const clientId = `bench-${process.pid}`;
  const body = Buffer.from(
    `\0\x04MQTT\x04\x02\0\x3c\0${String.fromCharCode(clientId.length)}${clientId}`,
    'latin1',
  );
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

function publishPacket(plan: UplinkPlan, i: number): Buffer {
  const { topic, payload } = uplinkAt(plan, i);
  const remaining = 2 + topic.length + 2 + payload.length;
  const bytes = Buffer.allocUnsafe(3 + remaining);
  let at = bytes.writeUInt8(0x32, 0);
  at = bytes.writeUInt8((remaining & 0x7f) | 0x80, at);
  at = bytes.writeUInt8(remaining >> 7, at);
  at = bytes.writeUInt16BE(topic.length, at);
  at += bytes.write(topic, at, 'latin1');
  at = bytes.writeUInt16BE((i % 65_535) + 1, at);
  bytes.write(payload, at, 'latin1');
  return bytes;
}
