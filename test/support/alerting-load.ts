import { type Pool, Writer } from '@veilleur/store';
import { stream } from '../chaos/seeded.ts';
import { frameOf } from './consumption.ts';

const HOUR_MS = 3_600_000;
const DEVICES = 24;
const HOURS = 120;
const START_MS = Date.UTC(2026, 2, 1);
/** After all of it. */
export const NOW = new Date(START_MS + (HOURS + 1) * HOUR_MS);

export const RULES = `
- name: hot
  title: { en: Too hot, fr: Trop chaud }
  kind: value
  quantity: temperature
  above: 30
  clearBelow: 28
- name: hot-for-2h
  title: { en: Too hot for long, fr: Trop chaud longtemps }
  kind: value
  quantity: temperature
  above: 26
  for: 2h
  clearFor: 1h
- name: hot-on-average
  title: { en: Too hot on average, fr: Trop chaud en moyenne }
  kind: window
  quantity: temperature
  function: mean
  over: 6h
  minSamples: 3
  above: 25
- name: silent
  title: { en: Silent, fr: Muet }
  kind: absence
  after: 3h
`;

/** Hours of each device, some of them lost, some told hours late, with values around the bounds. */
export function framesOf(seed: number) {
  const unit = stream(seed, 'hours of devices');
  let drawn = 0;
  const random = () => {
    drawn += 1;
    return unit(drawn);
  };
  const frames = Array.from({ length: DEVICES }, (_, device) => {
    let value = 24;
    return Array.from({ length: HOURS }, (_, hour) => {
      value = Math.min(36, Math.max(15, value + Math.round((random() - 0.5) * 12)));
      const late = random() < 0.1 ? Math.floor(random() * 20) : 0;
      return { device, hour, value, toldAt: hour + late, isLost: random() < 0.3 };
    }).filter(({ isLost }) => !isLost);
  }).flat();
  return frames.sort((a, b) => a.toldAt - b.toldAt || a.hour - b.hour || a.device - b.device);
}

/** Written as a bridge would, in one batch. */
export async function tell(pool: Pool, frames: ReturnType<typeof framesOf>): Promise<void> {
  const entries = frames.map(({ device, hour, value }) => {
    const at = new Date(START_MS + hour * HOUR_MS + device * 1000);
    const devEui = `70b3d5e75e0000${device.toString(16).padStart(2, '0')}`;
    return frameOf(devEui, hour, [{ at, value, quantity: 'temperature' }], at);
  });
  await new Writer(pool).write(entries);
}

/**
 * What is believed in the end. What was believed for a while depends on what came together, and so does the
 * worst value of an alert into whose middle late news went back.
 */
export async function foundAlerts(pool: Pool) {
  const { rows } = await pool.query(
    `select rule, subject, severity, began_at, opened_at, cleared_at, pauses from alert
     where withdrawn_at is null order by rule, subject, opened_at`,
  );
  return rows;
}

/** Steps that do not follow from the one before: something was told twice, or never. */
export async function brokenSteps(pool: Pool) {
  const { rows } = await pool.query(
    `select * from (
       select s.alert_id, a.rule, kind, lag(kind) over (partition by alert_id order by s.id) as before
       from alert_step s join alert a on a.id = s.alert_id
     ) s
     where (kind = 'raised') <> (before is null) or before = 'withdrawn'
       or (kind = 'reopened' and before not in ('cleared', 'corrected'))
       or (kind = 'cleared' and before = 'cleared') or (kind = 'reopened' and before = 'reopened')`,
  );
  return rows;
}
