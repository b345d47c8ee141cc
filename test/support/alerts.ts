import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ruleSchema } from '@veilleur/rules';
import { type AlertWrite, type Pool, putRules, writeAlerts } from '@veilleur/store';

const HOUR_MS = 3_600_000;

/** Puts these rules in force. */
export async function rulesAre(pool: Pool, rules: readonly object[], now = new Date()): Promise<void> {
  const parsed = rules.map((rule) => ruleSchema.parse(rule));
  await putRules(
    pool,
    parsed.map((rule) => ({
      name: rule.name,
      definition: rule as unknown as Record<string, unknown>,
      source: 'test',
    })),
    { by: 'test', now },
  );
}

export async function addDevice(
  pool: Pool,
  devEui: string,
  name: string,
  tags: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    'insert into device (dev_eui, name, tags) values ($1, $2, $3) returning id',
    [devEui, name, tags],
  );
  return rows[0]?.id ?? 0;
}

export interface AlertTold {
  readonly rule: string;
  readonly devEui: string;
  readonly deviceId: number;
  readonly severity?: 'info' | 'warning' | 'critical';
  readonly beganAt: Date;
  readonly worst?: number;
}

/** An alert as the engine writes it when it opens, an hour after its condition began. */
export async function raise(pool: Pool, told: AlertTold, now: Date): Promise<{ readonly id: number }> {
  const [id = 0] = await write(pool, [writeOf(told, null, null, 'raised')], now);
  return { id };
}

export async function raiseAll(pool: Pool, told: readonly AlertTold[], now: Date): Promise<number[]> {
  return write(
    pool,
    told.map((one) => writeOf(one, null, null, 'raised')),
    now,
  );
}

export async function worsen(pool: Pool, id: number, told: AlertTold, now: Date): Promise<void> {
  await write(pool, [writeOf(told, id, null, 'worsened')], now);
}

export async function clear(pool: Pool, id: number, told: AlertTold, at: Date, now: Date): Promise<void> {
  await write(pool, [writeOf(told, id, at, 'cleared')], now);
}

function writeOf(
  { rule, devEui, deviceId, severity = 'warning', beganAt, worst }: AlertTold,
  id: number | null,
  clearedAt: Date | null,
  kind: 'raised' | 'worsened' | 'cleared',
): AlertWrite {
  const openedAt = beganAt.getTime() + HOUR_MS;
  return {
    id,
    rule,
    subject: devEui,
    deviceId,
    episode: {
      from: beganAt.getTime(),
      openedAt,
      clearedAt: clearedAt?.getTime() ?? null,
      severity,
      worst: worst === undefined ? null : { value: worst, at: openedAt },
      pauses: [],
    },
    isWithdrawn: false,
    steps: [{ kind, at: clearedAt?.getTime() ?? openedAt, detail: {} }],
  };
}

async function write(pool: Pool, writes: readonly AlertWrite[], now: Date): Promise<number[]> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const ids = await writeAlerts(client, writes, now);
    await client.query('commit');
    return ids;
  } finally {
    client.release();
  }
}

/** A NOTIFICATIONS_FILE with the secret `hush` beside it. */
export async function notificationsFile(endings: (() => Promise<unknown>)[], yaml: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-notifications-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'secret'), 'hush\n');
  const file = join(folder, 'notifications.yaml');
  await writeFile(file, yaml);
  return file;
}
