import { checkProfile, loadFirstPartyProfiles } from '@veilleur/codec';
import { messageOf } from '@veilleur/domain';
import { describeEngine, findEngines } from '@veilleur/local-postgres';
import { withoutPassword } from '@veilleur/runtime';
import { connect, databaseFacts } from '@veilleur/store';
import { connectAsync, type IConnackPacket } from 'mqtt';
import type { Output } from './output.ts';

export interface Finding {
  readonly check: string;
  readonly verdict: 'good' | 'warning' | 'bad';
  readonly finding: string;
  /** What to do about it. */
  readonly remedy?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at what Veilleur would run on, and says what would lose data or not work. */
export async function doctor(environment: Environment, output: Output): Promise<boolean> {
  const findings = [
    node(),
    ...(await Promise.all([database(environment), broker(environment), profiles()])).flat(),
  ];
  const marks = { good: 'ok     ', warning: 'warning', bad: 'BAD    ' };
  output.answer(
    { findings },
    findings
      .map(({ verdict, check, finding, remedy }) =>
        [
          `${marks[verdict]}  ${check.padEnd(10)} ${finding}`,
          ...(remedy ? [`${' '.repeat(20)} -> ${remedy}`] : []),
        ].join('\n'),
      )
      .join('\n'),
  );
  return findings.every(({ verdict }) => verdict !== 'bad');
}

function node(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? { check: 'node', verdict: 'good', finding: `Node.js ${process.versions.node}` }
    : {
        check: 'node',
        verdict: 'bad',
        finding: `Node.js ${process.versions.node} is too old`,
        remedy: 'Use npx veilleur, or npm start: they run the Node.js that the install brings.',
      };
}

async function database(environment: Environment): Promise<Finding[]> {
  const url = environment.DATABASE_URL;
  if (!url) {
    const [engine] = await findEngines();
    if (engine === undefined) {
      return [
        {
          check: 'database',
          verdict: 'bad',
          finding: 'DATABASE_URL is not set, and this machine has no PostgreSQL that could be started',
          remedy: 'Set DATABASE_URL, or run npm install again.',
        },
      ];
    }
    const finding = `DATABASE_URL is not set: npm start runs its own ${describeEngine(engine)}`;
    if (engine.timescaledbVersion !== null) return [{ check: 'database', verdict: 'good', finding }];
    return [
      {
        check: 'database',
        verdict: 'warning',
        finding: `${finding}, good for a first look`,
        remedy: 'For a city: bash infra/timescaledb/install.sh, or DATABASE_URL of a TimescaleDB.',
      },
    ];
  }
  const pool = connect(url, { maximum: 1 });
  try {
    const facts = await databaseFacts(pool);
    const findings: Finding[] = [
      {
        check: 'database',
        verdict: 'good',
        finding: `PostgreSQL ${facts.postgresVersion}, ${facts.edition ?? 'not yet migrated'}`,
      },
    ];
    if (facts.timescaledbVersion === null) {
      findings.push({
        check: 'database',
        verdict: 'warning',
        finding: 'it runs without TimescaleDB',
        remedy: 'A city of more than a few thousand meters wants it: create extension timescaledb.',
      });
    }
    if (!facts.fsync || facts.synchronousCommit === 'off') {
      findings.push({
        check: 'database',
        verdict: 'bad',
        finding: `fsync is ${facts.fsync ? 'on' : 'off'}, synchronous_commit is ${facts.synchronousCommit}: a committed frame can be lost`,
        remedy: 'Set both to on in postgresql.conf.',
      });
    }
    return findings;
  } catch (thrown) {
    return [
      {
        check: 'database',
        verdict: 'bad',
        finding: `${withoutPassword(url)}: ${messageOf(thrown)}`,
        remedy: 'Check that the database runs and that DATABASE_URL names it.',
      },
    ];
  } finally {
    await pool.end();
  }
}

async function broker(environment: Environment): Promise<Finding[]> {
  const url = environment.MQTT_URL;
  if (!url) {
    return [
      {
        check: 'broker',
        verdict: 'warning',
        finding: 'MQTT_URL is not set: npm start brings a broker whose queue lives in memory',
        remedy: 'For a city: a Mosquitto with persistence (infra/mosquitto), and MQTT_URL.',
      },
    ];
  }
  for (const protocolVersion of [5, 4] as const) {
    let connack: IConnackPacket | undefined;
    try {
      const client = await connectAsync(
        url,
        {
          protocolVersion,
          reconnectPeriod: 0,
          connectTimeout: 5000,
          ...(environment.MQTT_USERNAME ? { username: environment.MQTT_USERNAME } : {}),
          ...(environment.MQTT_PASSWORD ? { password: environment.MQTT_PASSWORD } : {}),
        },
        false,
      );
      client.once('connect', (packet) => {
        connack = packet;
      });
      await client.endAsync();
      if (protocolVersion === 5 && connack?.properties?.sharedSubscriptionAvailable !== false) {
        return [{ check: 'broker', verdict: 'good', finding: 'it speaks MQTT 5 with shared subscriptions' }];
      }
      return [
        {
          check: 'broker',
          verdict: 'warning',
          finding: 'it speaks MQTT 3.1.1: one bridge reads everything',
          remedy: 'Several bridges share the load on MQTT 5 (Mosquitto 2, EMQX).',
        },
      ];
    } catch (thrown) {
      if (protocolVersion === 4) {
        return [
          {
            check: 'broker',
            verdict: 'bad',
            finding: `${withoutPassword(url)}: ${messageOf(thrown)}`,
            remedy: 'Check that the broker runs, and MQTT_URL, MQTT_USERNAME and MQTT_PASSWORD.',
          },
        ];
      }
    }
  }
  return [];
}

async function profiles(): Promise<Finding> {
  try {
    const all = (await loadFirstPartyProfiles()).all();
    const wrong = all.filter((profile) => !checkProfile(profile).passed).map(({ id }) => id);
    if (wrong.length === 0)
      return {
        check: 'profiles',
        verdict: 'good',
        finding: `${all.length} device profiles, all vectors right`,
      };
    return {
      check: 'profiles',
      verdict: 'bad',
      finding: `vectors go wrong in ${wrong.join(', ')}`,
      remedy: 'npx veilleur profile check device-profiles shows the differences.',
    };
  } catch (thrown) {
    return { check: 'profiles', verdict: 'bad', finding: messageOf(thrown) };
  }
}
