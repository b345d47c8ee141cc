import type { City } from '../city/city.ts';
import type { Knowledge } from './knowledge.ts';

export interface ReportSchedule {
  readonly periodMs: number;
  readonly sinceMs: number;
}

/** How often each device of a city reports, and since when. */
export function scheduleOf(city: City): (device: number) => ReportSchedule {
  const sinceMs = city.models.installed_s * 1000;
  const schedules = new Map(
    city.models.families.map(({ id, period_s }) => [id, { periodMs: period_s * 1000, sinceMs }]),
  );
  const none = { periodMs: 1, sinceMs };
  return (device) => schedules.get(city.device(device).familyId) ?? none;
}

/** When a device sent what the server received at a moment; null for one that was never heard. */
export function sendingTimes(
  city: City,
  { odd, offsetMs }: Pick<Knowledge, 'odd' | 'offsetMs'>,
): (device: number, receivedAtMs: number) => number | null {
  const schedule = scheduleOf(city);
  const told = new Map(
    odd.map(({ device, receivedAtMs, sentAtMs }) => [`${device}/${receivedAtMs}`, sentAtMs]),
  );
  return (device, receivedAtMs) => {
    const sentAtMs = told.size === 0 ? undefined : told.get(`${device}/${receivedAtMs}`);
    if (sentAtMs !== undefined) return sentAtMs;
    const own = offsetMs[device];
    if (own === undefined || Number.isNaN(own)) return null;
    const { periodMs, sinceMs } = schedule(device);
    const firstMs = sinceMs + own;
    return firstMs + Math.floor((receivedAtMs - firstMs) / periodMs) * periodMs;
  };
}
