import { type DevEui, VeilleurError } from '@veilleur/domain';
import type { ChirpStackClient } from '@veilleur/provisioning';
import type { Language } from '@veilleur/runtime';
import {
  accountForFrames,
  type DeviceLedger,
  findDevice,
  type LedgerTotals,
  type LostSpan,
  type Pool,
  type RecordedUplink,
  refusedCounters,
} from '@veilleur/store';
import { askChirpStack } from './ledger-chirpstack.ts';
import { readLnsRecord } from './ledger-record.ts';
import { describeDevice, describeFleet } from './ledger-text.ts';
import type { Output } from './output.ts';

export interface LedgerOptions {
  readonly device: DevEui | null;
  readonly since: Date;
  readonly until: Date;
  readonly now: Date;
  readonly limit: number;
  /** A recorded event log of the LNS. */
  readonly lnsRecord: string | null;
  readonly chirpStack: ChirpStackClient | null;
  readonly language: Language;
}

export interface LedgerReport {
  readonly since: Date;
  readonly until: Date;
  readonly totals: LedgerTotals;
  readonly devices: readonly DeviceLedger[];
  /** Uplinks that a record has more than once; null without a record, for nobody counts them by device. */
  readonly deliveredAgain: number | null;
  readonly notes: readonly {
    readonly note: 'untimed' | 'unknown_to_lns' | 'beyond';
    readonly count: number;
  }[];
}

export interface DeviceDetail {
  readonly lost: readonly LostSpan[];
  /** Uplinks that the LNS refused, for their counter fell. */
  readonly refused: number;
}

/**
 * Says what became of every frame counter.
 *
 * @returns Whether none is known to be lost after the LNS.
 * @throws VeilleurError `device_not_found`, `trace_not_found`, `trace_line_invalid`, an error of ChirpStack.
 */
export async function ledger(pool: Pool, options: LedgerOptions, output: Output): Promise<boolean> {
  const { device, since, until, now, limit, lnsRecord, chirpStack, language } = options;
  if (device !== null && (await findDevice(pool, device)) === null) {
    throw new VeilleurError('device_not_found', `no device ${device} has been seen`, {
      remedy: 'veilleur ledger lists the devices.',
    });
  }
  const devEuis = device === null ? null : [device];
  const span = { since, until, devEuis };
  const record = lnsRecord === null ? undefined : await readLnsRecord(pool, lnsRecord, { since, until });
  const counts = chirpStack === null ? undefined : askChirpStack(chirpStack, pool, { since, until, now });
  // Beside a record every device is needed: one that is not among them was never heard here.
  const account = await accountForFrames(
    pool,
    record === undefined ? { ...span, limit } : span,
    record ?? counts,
  );

  const beyond = [...(record?.beyond() ?? [])].filter(([devEui]) => device === null || devEui === device);
  const { totals, devices } = withBeyond(account, beyond, limit);
  const again = [...(record?.again ?? [])].filter(([devEui]) => device === null || devEui === device);
  const report: LedgerReport = {
    since,
    until,
    totals,
    devices,
    deliveredAgain: record === undefined ? null : again.reduce((sum, [, count]) => sum + count, 0),
    notes: (
      [
        { note: 'untimed', count: record?.untimed ?? 0 },
        { note: 'unknown_to_lns', count: counts?.unknown.size ?? 0 },
        { note: 'beyond', count: beyond.reduce((sum, [, uplinks]) => sum + uplinks.length, 0) },
      ] as const
    ).filter(({ count }) => count > 0),
  };
  if (device === null) {
    output.answer(report, describeFleet(report, language));
  } else {
    const lost = [
      ...(account.lost.get(device) ?? []),
      ...beyond.flatMap(([, uplinks]) => uplinks.map(spanOf)),
    ];
    const detail = { lost, refused: (await refusedCounters(pool, span)).get(device) ?? 0 };
    output.answer({ ...report, ...detail }, describeDevice(report, detail, language));
  }
  return totals.states.lost_after_lns === 0;
}

/** What a record has beyond the last frames that are here belongs to the ledger too: it is lost after the LNS. */
function withBeyond(
  { totals, devices }: { readonly totals: LedgerTotals; readonly devices: readonly DeviceLedger[] },
  beyond: readonly (readonly [DevEui, readonly RecordedUplink[]])[],
  limit: number,
): { readonly totals: LedgerTotals; readonly devices: readonly DeviceLedger[] } {
  const lost = new Map(beyond);
  const more = <T extends Pick<DeviceLedger, 'counters' | 'states'>>(ledger: T, count: number): T => ({
    ...ledger,
    counters: ledger.counters + count,
    states: { ...ledger.states, lost_after_lns: ledger.states.lost_after_lns + count },
  });
  const known = devices.map((device) => more(device, lost.get(device.devEui)?.length ?? 0));
  const here = new Set(known.map(({ devEui }) => devEui));
  const unheard = beyond
    .filter(([devEui]) => !here.has(devEui))
    .map(([devEui, uplinks]) => more(neverHeard(devEui, uplinks), uplinks.length));
  const count = beyond.reduce((sum, [, uplinks]) => sum + uplinks.length, 0);
  const missing = ({ counters, states }: DeviceLedger) => counters - states.decoded - states.no_payload;
  return {
    totals: { ...more(totals, count), devices: totals.devices + unheard.length },
    devices: [...known, ...unheard].sort((a, b) => missing(b) - missing(a)).slice(0, limit),
  };
}

function neverHeard(devEui: DevEui, uplinks: readonly RecordedUplink[]): DeviceLedger {
  const times = uplinks.map(({ at }) => at).sort((a, b) => a.getTime() - b.getTime());
  return {
    devEui,
    name: null,
    sessions: 0,
    frames: 0,
    repeated: 0,
    counters: 0,
    states: {
      decoded: 0,
      no_payload: 0,
      failed: 0,
      no_profile: 0,
      encrypted: 0,
      waiting: 0,
      lost_on_radio: 0,
      lost_after_lns: 0,
      unexplained: 0,
    },
    gaps: 0,
    firstAt: times[0] ?? new Date(0),
    lastAt: times.at(-1) ?? new Date(0),
  };
}

function spanOf({ fCnt, at }: RecordedUplink): LostSpan {
  return {
    fCntFrom: fCnt,
    fCntTo: fCnt,
    count: 1,
    state: 'lost_after_lns',
    why: 'in_record',
    after: at,
    before: at,
  };
}
