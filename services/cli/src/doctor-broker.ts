import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@veilleur/domain';
import { CHIRPSTACK_TOPIC_FILTERS, TTS_TOPIC_FILTERS } from '@veilleur/lns';
import { settingOf, withoutPassword } from '@veilleur/runtime';
import { connect, type IConnackPacket, type MqttClient } from 'mqtt';
import type { Environment } from './command.ts';
import { type Finding, type Outage, spanText } from './doctor-finding.ts';

/** What a bridge asks for where nothing else is set (services/bridge/src/config.ts). */
const DEFAULT_SESSION_EXPIRY_S = 7 * 86_400;
const CONNECT_TIMEOUT_MS = 5000;

/** Mosquitto publishes what it knows of itself here; other brokers have other topics, and are silent. */
const SYS = {
  '$SYS/broker/version': 'version',
  '$SYS/broker/publish/messages/dropped': 'dropped',
  '$SYS/broker/store/messages/count': 'stored',
  '$SYS/broker/clients/expired': 'expired',
  '$SYS/broker/clients/disconnected': 'disconnected',
} as const;
type SysFact = (typeof SYS)[keyof typeof SYS];

/**
 * Connects as a bridge would, under a name of its own, and looks: what the CONNACK grants, what the broker
 * says of itself, and at which QoS the LNS publishes while one listens.
 */
export async function judgeBroker(
  environment: Environment,
  outage: Outage,
  listenMs: number,
): Promise<Finding[]> {
  const url = settingOf('MQTT_URL', environment);
  if (url === '') {
    return [
      say(
        'warning',
        'MQTT_URL is not set: npm start brings a broker that keeps nothing over a restart; the network server must keep what is not stored yet',
        'For a city: a Mosquitto with persistence (infra/mosquitto), and MQTT_URL.',
      ),
    ];
  }
  const wanted = Number(environment.MQTT_SESSION_EXPIRY_S) || DEFAULT_SESSION_EXPIRY_S;
  for (const version of [5, 4] as const) {
    const opened = await open(url, environment, version, wanted);
    if (opened instanceof Error) {
      if (version === 5) continue;
      const remedy = 'Check that the broker runs, and MQTT_URL, MQTT_USERNAME and MQTT_PASSWORD.';
      return [say('bad', `${withoutPassword(url)}: ${messageOf(opened)}`, remedy)];
    }
    try {
      const grants = version === 5 ? judgeConnack(opened.connack, wanted, outage) : [OLD_VERSION];
      return [...grants, ...(await look(opened.client, listenMs, environment.MQTT_SHARE_GROUP))];
    } finally {
      // The session of this visit ends with it.
      await opened.client.endAsync(false, version === 5 ? { properties: { sessionExpiryInterval: 0 } } : {});
    }
  }
  return [];
}

const OLD_VERSION = say(
  'warning',
  'it speaks MQTT 3.1.1: one bridge reads everything',
  'Several bridges share the load on MQTT 5 (Mosquitto 2, EMQX).',
);

/**
 * What the broker grants to a client that asks for a session of `wanted` seconds. Mosquitto 2.0 does not
 * tell that its `persistent_client_expiration` is shorter: its configuration does.
 */
export function judgeConnack(
  { properties = {} }: { readonly properties?: IConnackPacket['properties'] | undefined },
  wanted: number,
  outage: Pick<Outage, 'seconds'>,
): Finding[] {
  const findings: Finding[] = [];
  if (properties.sharedSubscriptionAvailable === false) {
    const remedy = 'Several bridges need shared subscriptions (Mosquitto 2, EMQX).';
    findings.push(
      say('warning', 'it speaks MQTT 5 without shared subscriptions: one bridge reads everything', remedy),
    );
  } else findings.push(say('good', 'it speaks MQTT 5 with shared subscriptions'));
  if (properties.maximumQoS === 0) {
    const remedy = 'Allow QoS 1 there: at QoS 0 nothing is acknowledged, and nothing kept.';
    findings.push(say('bad', 'it grants no more than QoS 0', remedy));
  }
  const granted = properties.sessionExpiryInterval ?? wanted;
  if (granted < outage.seconds) {
    const why = granted < wanted ? 'the broker grants no more' : 'MQTT_SESSION_EXPIRY_S asks for no more';
    findings.push(
      say(
        'bad',
        `a bridge that is away for ${spanText(granted)} loses its session and its queue: ${why}`,
        granted < wanted
          ? 'Let the broker keep sessions for longer than the outage to survive.'
          : 'Set MQTT_SESSION_EXPIRY_S to more than the outage to survive.',
      ),
    );
  } else
    findings.push(
      say(
        'good',
        `it does not object to a session of ${spanText(granted)} (Mosquitto: see --mosquitto-conf)`,
      ),
    );
  return findings;
}

async function look(
  client: MqttClient,
  listenMs: number,
  shareGroup: string | undefined,
): Promise<Finding[]> {
  const facts = new Map<SysFact, string>();
  const heard = [0, 0, 0];
  client.on('message', (topic, payload, { qos, retain }) => {
    const fact = SYS[topic as keyof typeof SYS];
    if (fact !== undefined) facts.set(fact, payload.toString());
    else if (!retain) heard[qos] = (heard[qos] ?? 0) + 1;
  });
  const denied: string[] = [];
  // An ordinary subscription beside the bridges' shared one: it takes nothing from them.
  const uplinks = [...CHIRPSTACK_TOPIC_FILTERS, ...TTS_TOPIC_FILTERS];
  for (const filter of [...Object.keys(SYS), ...(listenMs > 0 ? uplinks : [])]) {
    await client.subscribeAsync(filter, { qos: 1 }).catch(() => denied.push(filter));
  }
  await delay(Math.max(listenMs, 300));
  return [
    ...judgeSys(facts),
    ...judgeGroup(facts.get('version'), shareGroup),
    ...judgeHeard(
      heard,
      listenMs,
      uplinks.every((filter) => denied.includes(filter)),
    ),
  ];
}

function judgeSys(facts: ReadonlyMap<SysFact, string>): Finding[] {
  const version = facts.get('version');
  if (version === undefined) return [];
  const count = (fact: SysFact) => Number(facts.get(fact) ?? 0);
  const findings = [
    say('good', `${version}; ${count('stored')} messages in store, ${count('disconnected')} clients away`),
  ];
  if (count('dropped') > 0) {
    findings.push(
      say(
        'bad',
        `it has dropped ${count('dropped')} messages since it started: a queue was full`,
        'Raise max_queued_messages; veilleur ledger tells which frames are missing.',
      ),
    );
  }
  if (count('expired') > 0) {
    findings.push(
      say(
        'warning',
        `it has expired ${count('expired')} sessions since it started, with what they had queued`,
        'See that none was a bridge: persistent_client_expiration, MQTT_SESSION_EXPIRY_S.',
      ),
    );
  }
  return findings;
}

/** @param version As Mosquitto tells it under $SYS, such as `mosquitto version 2.0.11`. */
export function judgeGroup(version: string | undefined, shareGroup: string | undefined): Finding[] {
  if (!shareGroup || !/mosquitto/i.test(version ?? '')) return [];
  return [
    say(
      'warning',
      `MQTT_SHARE_GROUP is ${shareGroup}, and Mosquitto forgets shared subscriptions whenever it restarts: what is published before a bridge is back is acknowledged and thrown away`,
      'Run one bridge without a group, or a broker that keeps shared subscriptions (EMQX with durable sessions), or stop the network server over a restart of Mosquitto.',
    ),
  ];
}

function judgeHeard(
  [qos0 = 0, qos1 = 0, qos2 = 0]: readonly number[],
  listenMs: number,
  isDenied: boolean,
): Finding[] {
  if (listenMs === 0) return [];
  if (isDenied) {
    const remedy = 'Allow this user to read application/# (ChirpStack) or v3/# (The Things Stack).';
    return [say('bad', "it refuses this user the network server's topics", remedy)];
  }
  const all = qos0 + qos1 + qos2;
  if (qos0 > 0) {
    return [
      say(
        'bad',
        `${qos0} of ${all} messages in ${spanText(listenMs / 1000)} came at QoS 0: what breaks off on the way is lost`,
        'ChirpStack: qos = 1 in [integration.mqtt]. The Things Stack knows no other: its Storage Integration can fill gaps.',
      ),
    ];
  }
  return all === 0 ? [] : [say('good', `${all} messages in ${spanText(listenMs / 1000)}, none at QoS 0`)];
}

async function open(
  url: string,
  environment: Environment,
  version: 4 | 5,
  sessionExpiryInterval: number,
): Promise<{ readonly client: MqttClient; readonly connack: IConnackPacket } | Error> {
  const username = settingOf('MQTT_USERNAME', environment);
  const password = settingOf('MQTT_PASSWORD', environment);
  const client = connect(url, {
    protocolVersion: version,
    clientId: `veilleur-doctor-${randomUUID().slice(0, 8)}`,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(version === 5 ? { properties: { sessionExpiryInterval } } : {}),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
  });
  const { promise, resolve } = Promise.withResolvers<IConnackPacket | Error>();
  client.once('connect', resolve);
  client.once('error', resolve);
  client.once('close', () => resolve(new Error('it closed the connection, or did not answer')));
  const outcome = await promise;
  if (!(outcome instanceof Error)) return { client, connack: outcome };
  await client.endAsync(true);
  return outcome;
}

function say(verdict: Finding['verdict'], finding: string, remedy?: string): Finding {
  return { check: 'broker', verdict, finding, ...(remedy === undefined ? {} : { remedy }) };
}
