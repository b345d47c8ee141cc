import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, VeilleurError } from '@veilleur/domain';
import { connect, type MqttClient } from 'mqtt';
import type { Medium } from './emission.ts';
import type { Fleet, Uplink } from './fleet.ts';
import { InFlightWindow } from './in-flight-window.ts';

export interface DemoOptions {
  /** `mqtt://host:1883` or `mqtts://`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly fleet: Fleet;
  /** How much of the past is published first, as fast as the broker takes it. */
  readonly catchUpMs: number;
  /** How many uplinks may wait for the broker's acknowledgement at once. Default 200. */
  readonly maxInFlight?: number;
  /** How long the broker may take to answer at the start. Default 30 s. */
  readonly connectTimeoutMs?: number;
  /** Stops the demo, as `stop` does. */
  readonly signal?: AbortSignal;
  /** Each uplink that the broker has acknowledged. */
  readonly onPublished?: (uplink: Uplink) => void;
  /** Once, when the past is published and acknowledged. */
  readonly onCaughtUp?: (counts: DemoCounts) => void;
  /** The broker went away, or refused an uplink. The demo goes on. */
  readonly onTrouble?: (trouble: Error) => void;
  /** For tests; the wall clock by default. */
  readonly now?: () => number;
}

/** Acknowledged by the broker. */
export type DemoCounts = Readonly<Record<Medium, number>>;

export interface RunningDemo {
  /** Live: read it again for the present numbers. */
  readonly counts: DemoCounts;
  /** Ends it: what is in flight gets a few seconds to be acknowledged. A second call waits for the first. */
  stop(): Promise<void>;
}

const LAST_ACKNOWLEDGEMENTS_MS = 3000;
/** A wall clock can be set, so a long wait is checked from time to time. */
const LONGEST_SLEEP_MS = 10_000;
const END_OF_TIME = new Date(8.64e15);

/**
 * Publishes a fleet's uplinks over MQTT at QoS 1: first the last `catchUpMs`, then each when its time
 * comes. There is one loop for both: what is due is sent, and the past is simply due. So an outage of the
 * broker is caught up with in the same way, and nothing is left out.
 *
 * Delivery is at least once: what the broker had not acknowledged when the connection broke is sent again.
 * Resolves when connected.
 *
 * @throws VeilleurError `broker_unreachable` when the broker does not accept us in time.
 */
export async function runDemo(options: DemoOptions): Promise<RunningDemo> {
  const now = options.now ?? Date.now;
  const client = await connected(options);
  const stopping = new AbortController();
  reportOutages(client, options, stopping.signal);
  const counts: Record<Medium, number> = { water: 0, gas: 0, electricity: 0, lighting: 0 };
  const window = new InFlightWindow(options.maxInFlight ?? 200);

  const publish = (uplink: Uplink) => {
    client.publish(uplink.topic, uplink.payload, { qos: 1 }, (error) => {
      window.leave();
      if (error) {
        if (!stopping.signal.aborted) options.onTrouble?.(error);
        return;
      }
      counts[uplink.device.medium] += 1;
      options.onPublished?.(uplink);
    });
  };

  const publishing = publishWhenDue({
    uplinks: options.fleet.uplinks(new Date(now() - options.catchUpMs), END_OF_TIME),
    caughtUpAtMs: now(),
    now,
    window,
    publish,
    signal: stopping.signal,
    onCaughtUp: () => options.onCaughtUp?.({ ...counts }),
  }).catch((thrown: unknown) => {
    options.onTrouble?.(thrown instanceof Error ? thrown : new Error(messageOf(thrown)));
  });

  const end = async () => {
    stopping.abort();
    window.giveUp();
    await publishing;
    const lastAcknowledgements = new AbortController();
    await Promise.race([
      window.empty(),
      sleep(LAST_ACKNOWLEDGEMENTS_MS, undefined, { signal: lastAcknowledgements.signal }).catch(() => {}),
    ]);
    lastAcknowledgements.abort();
    // By force, since a graceful end waits for acknowledgements that an absent broker never sends.
    await client.endAsync(true);
  };
  let ended: Promise<void> | undefined;
  const stop = () => {
    ended ??= end();
    return ended;
  };
  if (options.signal?.aborted) await stop();
  options.signal?.addEventListener('abort', () => void stop(), { once: true });
  return { counts, stop };
}

async function publishWhenDue(plan: {
  readonly uplinks: Iterable<Uplink>;
  readonly caughtUpAtMs: number;
  readonly now: () => number;
  readonly window: InFlightWindow;
  readonly publish: (uplink: Uplink) => void;
  readonly signal: AbortSignal;
  readonly onCaughtUp: () => void;
}): Promise<void> {
  const { window, now, signal } = plan;
  let isCatchingUp = true;
  for (const uplink of plan.uplinks) {
    if (isCatchingUp && uplink.at.getTime() > plan.caughtUpAtMs) {
      isCatchingUp = false;
      // Aside, so that real time does not wait for the last acknowledgement of the past.
      void window.empty().then(plan.onCaughtUp);
    }
    await due(uplink.at, now, signal);
    while (!signal.aborted && !window.tryEnter()) await window.room();
    if (signal.aborted) return;
    plan.publish(uplink);
  }
}

async function due(at: Date, now: () => number, signal: AbortSignal): Promise<void> {
  for (let leftMs = at.getTime() - now(); leftMs > 0 && !signal.aborted; leftMs = at.getTime() - now()) {
    // An aborted sleep rejects; whoever asked looks at the signal next.
    await sleep(Math.min(leftMs, LONGEST_SLEEP_MS), undefined, { signal }).catch(() => {});
  }
}

/**
 * MQTT 3.1.1, for MQTT.js leaves a broker's Receive Maximum of version 5 to its user, and Mosquitto, which
 * says 20, cuts who exceeds it. MQTT.js keeps what is not acknowledged and sends it again by itself after a
 * reconnect.
 */
function connected(options: DemoOptions): Promise<MqttClient> {
  const client = connect(options.url, {
    protocolVersion: 4,
    clientId: `veilleur-demo-${process.pid}-${Math.random().toString(16).slice(2, 8)}`,
    reconnectPeriod: 1000,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
  });
  return new Promise((resolve, reject) => {
    let lastError: Error | undefined;
    const note = (error: Error) => {
      lastError = error;
    };
    const timeout = setTimeout(() => {
      client.end(true);
      reject(
        new VeilleurError(
          'broker_unreachable',
          `no connection to ${withoutPassword(options.url)}: ${messageOf(lastError ?? 'no answer')}`,
          {
            remedy: 'Check that the broker runs there and that it takes this user.',
            retryable: true,
            cause: lastError,
          },
        ),
      );
    }, options.connectTimeoutMs ?? 30_000);
    client.on('error', note);
    client.once('connect', () => {
      clearTimeout(timeout);
      client.off('error', note);
      resolve(client);
    });
  });
}

/** One report an outage: MQTT.js says the same again with each vain attempt to reconnect. */
function reportOutages(client: MqttClient, { url, onTrouble }: DemoOptions, stopping: AbortSignal): void {
  let isAway = false;
  client.on('connect', () => {
    isAway = false;
  });
  client.on('error', (error) => {
    if (!isAway && !stopping.aborted) onTrouble?.(error);
  });
  client.on('close', () => {
    if (!isAway && !stopping.aborted) onTrouble?.(brokerAway(url));
    isAway = true;
  });
}

function brokerAway(url: string): VeilleurError {
  return new VeilleurError('broker_away', `${withoutPassword(url)} went away; the demo waits for it`, {
    remedy: 'Nothing is lost on this side: what is due is published when the broker is back.',
    retryable: true,
  });
}

function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^:/@]*):[^@/]*@/, '$1:***@');
}
