import type { City } from '../city/city.ts';
import type { Knowledge } from './knowledge.ts';

/** A frame mostly is at the server some seconds after it was due; each that takes longer is written down. */
export const PROMPT_MS = 60_000;

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

/** When one device sent what the server received of it. */
export interface SendingTimes {
  /** Of what the server received at a moment; null for a device that was never heard. */
  at(receivedAtMs: number): number | null;
  /** Whether a frame can have been received then: soon after a report fell due, or as late as is written down. */
  isReception(receivedAtMs: number): boolean;
}

export function sendingTimes(
  city: City,
  { odd, offsetMs }: Pick<Knowledge, 'odd' | 'offsetMs'>,
): (device: number) => SendingTimes {
  const schedule = scheduleOf(city);
  const oddOf = new Map<number, Map<number, number>>();
  for (const { device, receivedAtMs, sentAtMs } of odd) {
    const own = oddOf.get(device);
    if (own === undefined) oddOf.set(device, new Map([[receivedAtMs, sentAtMs]]));
    else own.set(receivedAtMs, sentAtMs);
  }
  return (device) => {
    const own = offsetMs[device];
    if (own === undefined || Number.isNaN(own)) return NEVER_HEARD;
    const { periodMs, sinceMs } = schedule(device);
    const firstMs = sinceMs + own;
    const written = oddOf.get(device);
    const dueAt = (receivedAtMs: number) =>
      firstMs + Math.floor((receivedAtMs - firstMs) / periodMs) * periodMs;
    return {
      at: (receivedAtMs) => written?.get(receivedAtMs) ?? dueAt(receivedAtMs),
      isReception: (receivedAtMs) =>
        receivedAtMs - dueAt(receivedAtMs) <= PROMPT_MS || written?.has(receivedAtMs) === true,
    };
  };
}

const NEVER_HEARD: SendingTimes = { at: () => null, isReception: () => false };
