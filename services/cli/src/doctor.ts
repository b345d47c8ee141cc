import { readFile } from 'node:fs/promises';
import { checkProfile, loadFirstPartyProfiles } from '@veilleur/codec';
import { messageOf } from '@veilleur/domain';
import { describeEngine, findEngines } from '@veilleur/local-postgres';
import { settingOf, withoutPassword } from '@veilleur/runtime';
import { busiestRate, connect, databaseFacts } from '@veilleur/store';
import type { Environment } from './command.ts';
import { judgeBroker } from './doctor-broker.ts';
import { judgeCertificate } from './doctor-certificate.ts';
import { judgeChirpStack } from './doctor-chirpstack.ts';
import { judgeServer } from './doctor-database.ts';
import type { Finding, Outage } from './doctor-finding.ts';
import { judgeMosquitto } from './doctor-mosquitto.ts';
import { parseMosquittoConf } from './mosquitto-conf.ts';
import type { Output } from './output.ts';

export interface DoctorOptions {
  /** The outage to survive, seconds. */
  readonly outageS: number;
  /** Messages a second; null: as the database saw them, else a city of 100,000 hourly meters. */
  readonly perSecond: number | null;
  /** How long to listen for messages at QoS 0; 0: not at all. */
  readonly listenMs: number;
  readonly mosquittoConf: string | null;
  readonly chirpStackToml: string | null;
  readonly now: Date;
}

/** 100,000 hourly meters: what is meant by a city where nothing was observed. */
const CITY_PER_SECOND = 100_000 / 3600;

/** Looks at what Veilleur would run on, and says what would lose data or not work. */
export async function doctor(
  environment: Environment,
  options: DoctorOptions,
  output: Output,
): Promise<boolean> {
  const outage = await outageOf(environment, options);
  const findings = [
    node(),
    ...(
      await Promise.all([
        database(environment, options.now),
        judgeCertificate(settingOf('MQTT_URL', environment), options.now),
        judgeBroker(environment, outage, options.listenMs),
        judgeFile('mosquitto', options.mosquittoConf, (text) =>
          judgeMosquitto(parseMosquittoConf(text), outage),
        ),
        judgeFile('chirpstack', options.chirpStackToml, judgeChirpStack),
        profiles(),
      ])
    ).flat(),
  ];
  const marks = { good: 'ok     ', warning: 'warning', bad: 'BAD    ' };
  output.answer(
    { outage, findings },
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

async function judgeFile(
  check: Finding['check'],
  file: string | null,
  judge: (text: string) => readonly Finding[],
): Promise<readonly Finding[]> {
  if (file === null) return [];
  try {
    return judge(await readFile(file, 'utf8'));
  } catch (thrown) {
    return [{ check, verdict: 'bad', finding: messageOf(thrown), remedy: 'Name a file that can be read.' }];
  }
}

async function outageOf(
  environment: Environment,
  { outageS, perSecond, now }: DoctorOptions,
): Promise<Outage> {
  if (perSecond !== null) return { seconds: outageS, perSecond, rateSource: 'as told' };
  const city = {
    seconds: outageS,
    perSecond: CITY_PER_SECOND,
    rateSource: 'a city of 100,000 hourly meters',
  };
  const url = settingOf('DATABASE_URL', environment);
  if (url === '') return city;
  const pool = connect(url, { maximum: 1 });
  try {
    const seen = await busiestRate(pool, now);
    if (seen === null) return city;
    const rateSource = `the busiest hour of the last day, ${seen.devices} devices`;
    return { seconds: outageS, perSecond: seen.perSecond, rateSource };
  } catch {
    // The database has a finding of its own.
    return city;
  } finally {
    await pool.end();
  }
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

async function database(environment: Environment, now: Date): Promise<Finding[]> {
  const url = settingOf('DATABASE_URL', environment);
  if (url === '') {
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
    findings.push(...(await judgeServer(pool, url, { isMigrated: facts.edition !== null, now })));
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
