import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  acknowledgeAlert,
  addSilence,
  hearGateways,
  type Pool,
  runJob,
  Writer,
  writePlan,
} from '@veilleur/store';
import { clear, raise } from './alerts.ts';
import { frameOf } from './consumption.ts';
import { enedisCurve } from './operator-files.ts';
import { REPOSITORY } from './repository.ts';
import { runVeilleur, veilleurSays } from './run-veilleur.ts';

/** Five days of a small town in which something of everything is wrong at the end. */
const TOWN = `
name: dashboard-town
description: { en: Five days of a small town, fr: Cinq jours d'une petite ville }
seed: 31
city:
  installedAt: "2026-03-15"
  position: { latitude: 47.75, longitude: 7.34, radius_km: 2 }
  households: { count: 24, gas: 0.5, electricity: 0.5 }
  buildings: [{ kind: school, area_m2: 3200 }, { kind: gym, area_m2: 1400 }]
  waterDistricts: 2
  lighting: { luminaires: 12, lampsPerCabinet: 6 }
reportEvery_s: { cabinet: 3600, district: 3600 }
faults:
  - { kind: leak_toilet, numbers: [1], from: "2026-03-20T04:00:00Z" }
  - { kind: leak_burst, numbers: [2], from: "2026-03-23T20:00:00Z" }
  - { kind: leak_network, numbers: [0], from: "2026-03-21T00:00:00Z" }
  # Of the second district: a balance says nothing while a part of it is silent.
  - { kind: silent, numbers: [20], from: "2026-03-20T20:00:00Z" }
  - { kind: silent, family: lighting, numbers: [5], from: "2026-03-22T00:00:00Z" }
  - { kind: lamp_failure, numbers: [1], from: "2026-03-21T12:00:00Z" }
  - { kind: day_burner, numbers: [2], from: "2026-03-21T06:00:00Z" }
  - { kind: battery_decay, numbers: [8], from: "2026-03-15T00:00:00Z", size: 4000 }
radio: { gateways: 3, lossShare: 0.05 }
from: "2026-03-20T00:00:00Z"
days: 5
`;

/** A moment by day at which every fault is there to be seen. */
export const TOWN_AT = new Date('2026-03-24T12:00:00Z');
export const TOWN_FROM = new Date('2026-03-19T00:00:00Z');

/** Fills a database as a town would: by the simulator and the bridge, the import, and the store's own functions. */
export async function fillTown(pool: Pool, databaseUrl: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-dashboard-town-'));
  try {
    const environment = { MQTT_URL: '', DATABASE_URL: databaseUrl, LC_ALL: 'C', CONSUMPTION_REST_MS: '500' };
    const scenario = join(folder, 'town.yaml');
    await writeFile(scenario, TOWN);
    mustEnd(
      await runVeilleur(
        ['simulate', scenario, '--compare', '0.01', '--database-url', databaseUrl],
        environment,
      ),
    );
    const curve = join(folder, 'curve.csv');
    await writeFile(
      curve,
      enedisCurve('12345678901234', '2026-03-19', '2026-03-21', () => 1000),
    );
    await veilleurSays(['import', curve, '--add-points'], environment);
    await veilleurSays(['reference', 'load', `${REPOSITORY}infra/reference/france.yaml`], environment);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await giveOperators(pool);
  await tellOfNow(pool);
  await raiseAlerts(pool);
}

function mustEnd({ status, stderr }: { readonly status: number; readonly stderr: string }): void {
  if (status !== 0) throw new Error(`the town was not simulated: ${stderr}`);
}

async function giveOperators(pool: Pool): Promise<void> {
  await pool.query(`
    insert into operator (code, name) values ('regie-eau', 'Régie des eaux'), ('enedis', 'Enedis') on conflict do nothing;
    update metering_point set operator_id = (select id from operator where code = 'regie-eau') where kind = 'water_contract';
    update metering_point set operator_id = (select id from operator where code = 'enedis') where kind = 'prm'`);
}

/** What a service leaves in the database as it runs: it has the clock of today. */
async function tellOfNow(pool: Pool): Promise<void> {
  const now = new Date();
  const { rows } = await pool.query<{ dev_eui: string }>('select dev_eui from device order by id limit 1');
  const devEui = rows[0]?.dev_eui ?? '';
  await new Writer(pool).write([
    frameOf(devEui, 60_000, [{ at: now, value: 7, quantity: 'temperature' }], now),
    {
      kind: 'quarantine',
      topic: 'application/7/device/x/event/up',
      payload: Buffer.from('{'),
      code: 'event_not_json',
      reason: 'Unexpected end of JSON input',
      devEui: null,
      receivedAt: now,
    },
  ]);
  await runJob(pool, 'estimate', async () => ({ points: 58 }));
}

async function raiseAlerts(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ id: number; dev_eui: string; role: string }>(`
    select d.id, d.dev_eui, coalesce(d.tags->>'medium', '') as role from device d order by d.tags ? 'building' desc, d.id`);
  const building = rows[0];
  const lamp = rows.find(({ role }) => role === 'lighting');
  const meter = rows.find(({ role }) => role === 'water');
  if (building === undefined || lamp === undefined || meter === undefined) throw new Error('no devices');
  const began = new Date('2026-03-22T10:00:00Z');
  const told = (rule: string, device: typeof building, severity: 'info' | 'warning' | 'critical') => ({
    rule,
    devEui: device.dev_eui,
    deviceId: device.id,
    severity,
    beganAt: began,
    worst: 12.5,
  });
  const leak = await raise(pool, told('water-leak', building, 'critical'), began);
  await raise(pool, told('lamp-dark', lamp, 'warning'), began);
  const mended = told('low-battery', meter, 'info');
  const { id } = await raise(pool, mended, began);
  await clear(pool, id, mended, new Date('2026-03-23T10:00:00Z'), new Date('2026-03-23T10:00:00Z'));
  await acknowledgeAlert(pool, leak.id, { by: 'ana', now: new Date('2026-03-22T13:00:00Z') });
  await addSilence(
    pool,
    {
      kind: 'maintenance',
      matching: { rules: ['lamp-dark'] },
      from: new Date('2026-03-24T08:00:00Z'),
      to: new Date('2026-03-24T18:00:00Z'),
      comment: 'new lamps',
    },
    { by: 'ana', now: new Date('2026-03-24T07:00:00Z') },
  );
  const client = await pool.connect();
  try {
    await hearGateways(client, new Date(0));
    await client.query(`update gateway_heard set last_heard_at = '2026-03-24T11:58:00Z'`);
    const plan = {
      key: 'leak',
      channel: 'mail',
      alertIds: [leak.id],
      kind: 'raised',
      body: {},
      notBefore: began.getTime(),
    };
    await writePlan(
      client,
      { notifications: [plan], rewritten: [], takenBack: [], decided: [], held: [], escalations: [] },
      began,
    );
  } finally {
    client.release();
  }
}
