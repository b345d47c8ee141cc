import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readAlertingConfig, startAlerting } from '@veilleur/alerting';
import { DevEui, type Quantity } from '@veilleur/domain';
import { describeEngine, removeLocalPostgres, startLocalPostgres } from '@veilleur/local-postgres';
import {
  compileRule,
  DeviceWatches,
  type Fact,
  History,
  isSelected,
  loadRules,
  Watch,
} from '@veilleur/rules';
import { createLogger, createMetrics } from '@veilleur/runtime';
import {
  connect,
  type FrameEntry,
  migrate,
  type Pool,
  putRules,
  type StoredRule,
  tailLags,
  Writer,
} from '@veilleur/store';
import { enginesToTest } from '../support/database-engines.ts';

const MINUTE_MS = 60_000;
const REPORT_MS = 15 * MINUTE_MS;
const GROUPS = 125;

export interface RulesBenchOptions {
  readonly devices: number;
  /** Reports of each device that wait for the service when it comes back. */
  readonly reports: number;
  /** Seconds at 500 uplinks a second. */
  readonly liveSeconds: number;
}

export interface RulesFigures {
  readonly engine: string;
  readonly rules: number;
  readonly devices: number;
  /** Rules that one device meets. */
  readonly rulesOfDevice: number;
  /** Without a database, one thread. */
  readonly pureUplinksPerSecond: number;
  /** Devices read a second, with what they told before. */
  readonly devicesReadPerSecond: number;
  /** Through tail, engine and database, four measurements an uplink; nothing else runs but the database. */
  readonly uplinksPerSecond: number;
  readonly liveUplinksPerSecond: number;
  /** From the commit of an uplink to the commit of the alert that follows from it. */
  readonly alertP50Ms: number;
  readonly alertP99Ms: number;
  readonly alerts: number;
  readonly missing: number;
}

/** A thousand rules: eight for each group of devices, and two for all would be ten for each device. */
function rulesYaml(): string {
  const title = 'title: { en: A, fr: A }';
  const ofGroup = (group: number) => {
    const select = `select: { tags: { group: g${group} } }`;
    const common = (name: string, more: string) => `{ name: ${name}-${group}, ${title}, ${select}, ${more} }`;
    return [
      common('hot', 'kind: value, quantity: temperature, above: 60, clearBelow: 55'),
      common('humid', 'kind: value, quantity: relative_humidity, above: 95, for: 1h, clearFor: 30min'),
      common(
        'stuffy',
        'kind: window, quantity: carbon_dioxide, function: mean, over: 1h, minSamples: 2, above: 1500',
      ),
      common('rising', 'kind: rate, quantity: temperature, above: 40'),
      common('leak', 'kind: continuous_flow, quantity: water_volume, over: 6h, above: 0.5'),
      common('night', 'kind: night_minimum, quantity: water_volume, above: 0.5'),
      common('both', "kind: expression, expression: 'temperature > 58.0 && carbon_dioxide > 1400.0'"),
      ...(group < 123 ? [common('joins', 'kind: events, event: join, over: 1h, above: 5')] : []),
    ];
  };
  const all = [
    `{ name: silent, ${title}, kind: absence, after: 6h }`,
    `{ name: very-hot, ${title}, kind: value, quantity: temperature, above: 100, reopenWithin: 0s }`,
  ];
  return `[${[...Array.from({ length: GROUPS }, (_, group) => ofGroup(group)).flat(), ...all].slice(0, 1000).join(',\n')}]`;
}

const storedRules = () => {
  const { rules, problems } = loadRules(rulesYaml());
  if (problems.length > 0) throw new Error(JSON.stringify(problems[0]));
  return rules.map(
    (rule): StoredRule => ({
      name: rule.name,
      definition: rule as unknown as StoredRule['definition'],
      source: 'bench',
    }),
  );
};

const devEuiOf = (device: number) => DevEui(`70b3d5e75e${device.toString(16).padStart(6, '0')}`);
const tagsOf = (device: number) => ({ group: `g${device % GROUPS}` });

/** What a report tells: nothing that raises an alert, but for `alarm`. */
function valuesOf(device: number, report: number, alarm: boolean): readonly (readonly [Quantity, number])[] {
  return [
    ['temperature', alarm ? 150 : 20 + ((device + report) % 7)],
    ['relative_humidity', 40 + ((device * 3 + report) % 20)],
    ['carbon_dioxide', 600 + ((device * 5 + report * 7) % 300)],
    ['water_volume', report * 0.001 * (report % 3 === 0 ? 0 : 1) + report * 0.01],
  ];
}

function frameOf(device: number, report: number, at: Date, alarm = false): FrameEntry {
  return {
    kind: 'frame',
    frame: {
      kind: 'uplink',
      lns: 'chirpstack-v4-json',
      device: { devEui: devEuiOf(device), name: `d${device}`, tags: tagsOf(device) },
      sessionKey: '01020304',
      fCnt: report,
      fPort: 1,
      payload: Buffer.from(report.toString(16).padStart(8, '0'), 'hex'),
      encrypted: false,
      confirmed: false,
      receivedAt: at,
      receptions: [],
    },
    received: { at, source: 'lns' },
    profile: null,
    decoding: { state: 'no_profile' },
    measurements: valuesOf(device, report, alarm).map(([quantity, value]) => ({
      quantity,
      channel: 0,
      time: at,
      value,
      quality: 'measured',
    })),
  };
}

/** What the engine alone does: the same devices, rules and reports, told one uplink at a time. */
function measurePure({ devices, reports }: RulesBenchOptions) {
  const compiled = storedRules().map(({ definition }) =>
    compileRule(definition as unknown as Parameters<typeof compileRule>[0], { isHoliday: () => false }),
  );
  const startMs = Date.UTC(2026, 2, 1);
  const some = Math.min(devices, 2000);
  const watched = Array.from({ length: some }, (_, device) => {
    const attributes = {
      devEui: devEuiOf(device),
      name: null,
      profile: null,
      medium: null,
      sites: [],
      tags: tagsOf(device),
    };
    const watches = compiled
      .filter(({ rule }) => isSelected(rule.select, attributes))
      .map((rule) => new Watch(rule, { zone: 'Europe/Paris', position: null }, Number.NEGATIVE_INFINITY, []));
    return new DeviceWatches(new History(), watches, Number.NEGATIVE_INFINITY);
  });
  const rounds = Math.max(reports, 100);
  const factsOf = (device: number, report: number, time: number): Fact[] => [
    { kind: 'heard', time },
    ...valuesOf(device, report, false).map(
      ([quantity, value]): Fact => ({ kind: 'measurement', quantity, channel: 0, time, value }),
    ),
  ];
  let startedMs = 0;
  const warmUp = 20;
  for (let report = 0; report < rounds; report += 1) {
    if (report === warmUp) startedMs = performance.now();
    const time = startMs + report * REPORT_MS;
    for (const [device, watches] of watched.entries()) watches.tell(factsOf(device, report, time), time);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    pureUplinksPerSecond: Math.round(((rounds - warmUp) * some) / seconds),
    rulesOfDevice: watched.reduce((sum, { watches }) => sum + watches.length, 0) / some,
  };
}

/** How fast rules are evaluated, alone and with the database, and how soon an alert follows. */
export async function measureRules(options: RulesBenchOptions): Promise<RulesFigures[]> {
  const pure = measurePure(options);
  const figures: RulesFigures[] = [];
  for (const engine of await enginesToTest()) {
    const dataFolder = await mkdtemp(join(tmpdir(), 'veilleur-bench-'));
    const database = await startLocalPostgres({
      dataFolder,
      engine,
      settings: { track_commit_timestamp: 'on' },
    });
    const pool = connect(database.url);
    try {
      await migrate(pool);
      const stored = await measureStored(pool, database.url, options);
      figures.push({
        engine: describeEngine(engine),
        rules: storedRules().length,
        devices: options.devices,
        ...pure,
        ...stored,
      });
    } finally {
      await pool.end();
      await database.stop();
      await removeLocalPostgres(dataFolder);
    }
  }
  return figures;
}

async function measureStored(pool: Pool, url: string, { devices, reports, liveSeconds }: RulesBenchOptions) {
  await putRules(pool, storedRules(), { by: 'bench', now: new Date() });
  const writer = new Writer(pool);
  const before = 24;
  const startMs = Date.now() - (before + reports + 1) * REPORT_MS;
  const write = async (from: number, to: number) => {
    for (let report = from; report < to; report += 1) {
      for (let first = 0; first < devices; first += 1000) {
        const entries = Array.from({ length: Math.min(1000, devices - first) }, (_, i) =>
          frameOf(first + i, report, new Date(startMs + report * REPORT_MS + ((first + i) % 60_000))),
        );
        await writer.write(entries);
      }
    }
  };
  const run = async () => {
    const own = connect(url, { maximum: 12 });
    const config = { ...readAlertingConfig({ DATABASE_URL: url, ALERTING_PARTITIONS: '1' }) };
    const service = await startAlerting(config, {
      pool: own,
      registry: createMetrics(),
      log: createLogger('warn'),
    });
    return {
      service,
      stop: async () => {
        await service.stop();
        await own.end();
      },
    };
  };
  const isThrough = async () =>
    (await tailLags(pool)).every(
      ({ consumer, transactions }) => consumer !== 'alerting' || transactions === 0,
    );
  const until = async (condition: () => boolean | Promise<boolean>) => {
    while (!(await condition())) await delay(20);
  };

  await write(0, before);
  await pool.query('analyze measurement, frame, device');
  const running = await run();
  const readMs = performance.now();
  await until(() => running.service.ready().length === 1);
  const devicesReadPerSecond = Math.round((devices * 1000) / (performance.now() - readMs));

  // The partition is held while uplinks pile up; then it is let go, with its memory as it is in operation.
  const holder = await pool.connect();
  await holder.query('begin');
  await holder.query(`select from tail_checkpoint where consumer = 'alerting' for update`);
  await write(before, before + reports);
  await holder.query('commit');
  holder.release();
  const startedMs = performance.now();
  await pool.query(`notify veilleur_change`);
  await until(isThrough);
  const uplinksPerSecond = Math.round((devices * reports * 1000) / (performance.now() - startedMs));

  const live = await measureLive(writer, devices, liveSeconds, before + reports);
  await until(isThrough);
  const latency = await latencies(pool);
  await running.stop();
  return {
    devicesReadPerSecond,
    uplinksPerSecond,
    liveUplinksPerSecond: live.perSecond,
    ...latency,
    missing: live.alarms - latency.alerts,
  };
}

/** 500 uplinks a second in batches of 25; one of a hundred raises an alert. */
async function measureLive(writer: Writer, devices: number, seconds: number, report: number) {
  const total = seconds * 500;
  const startedMs = performance.now();
  let alarms = 0;
  for (let sent = 0; sent < total; sent += 25) {
    const entries = Array.from({ length: 25 }, (_, i) => {
      const n = sent + i;
      const isAlarm = n % 100 === 0 && n < devices;
      if (isAlarm) alarms += 1;
      return frameOf(n % devices, report + Math.floor(n / devices), new Date(), isAlarm);
    });
    await writer.write(entries);
    const aheadMs = ((sent + 25) / 500) * 1000 - (performance.now() - startedMs);
    if (aheadMs > 0) await delay(aheadMs);
  }
  return { perSecond: Math.round((total * 1000) / (performance.now() - startedMs)), alarms };
}

async function latencies(pool: Pool) {
  const { rows } = await pool.query<{ p50: number; p99: number; alerts: number }>(
    `select percentile_cont(0.5) within group (order by ms) as p50,
       percentile_cont(0.99) within group (order by ms) as p99, count(*) as alerts
     from (
       select extract(epoch from pg_xact_commit_timestamp(s.xmin) - pg_xact_commit_timestamp(f.xmin)) * 1000 as ms
       from alert a join alert_step s on s.alert_id = a.id and s.kind = 'raised'
       join frame f on f.device_id = a.device_id and f.received_at = a.opened_at
       where a.rule = 'very-hot'
     ) l`,
  );
  const [row] = rows;
  return {
    alertP50Ms: Math.round(row?.p50 ?? Number.NaN),
    alertP99Ms: Math.round(row?.p99 ?? Number.NaN),
    alerts: row?.alerts ?? 0,
  };
}

if (import.meta.main) {
  const [devices = 10_000, reports = 10, liveSeconds = 20] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await measureRules({ devices, reports, liveSeconds }), null, 2));
}
