import type { DevEui } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import {
  type EventEvidence,
  evidenceInEvents,
  gapsOf,
  type LedgerSpan,
  type LedgerTotals,
  ledgerOfDevices,
} from '../query-ledger.ts';
import { explainGaps } from './explain-gaps.ts';
import { type DeviceLedger, type Evidence, type Gap, type LostSpan, NO_EVIDENCE } from './ledger.ts';

/** What somebody else than the database knows: a record of the LNS, or its counts. */
export interface EvidenceSource {
  /** Asked for each device with gaps. */
  of(devEui: DevEui, gaps: readonly Gap[]): Promise<Partial<Evidence>>;
}

export interface FrameAccount {
  readonly totals: LedgerTotals;
  /** The worst first. */
  readonly devices: readonly DeviceLedger[];
  /** By device, gap by gap: all gaps where devices were named or a source was asked, else only of devices that an event tells of. */
  readonly lost: ReadonlyMap<DevEui, readonly LostSpan[]>;
}

/** How many devices are looked at together: their gaps are in memory at once. */
const DEVICES_TOGETHER = 500;

/**
 * Accounts for every frame counter of a span: stored and decoded or not, lost on the radio, lost after the
 * LNS, or unexplained. Without a source the events in the database are all the evidence there is.
 *
 * @param span `limit`: how many devices are told of, the worst ones; the totals are of all. `timeoutMs`: how
 *   long the database may add up.
 */
export async function accountForFrames(
  pool: Pool,
  span: LedgerSpan & { readonly limit?: number; readonly timeoutMs?: number },
  source?: EvidenceSource,
): Promise<FrameAccount> {
  const { since, until, devEuis = null, limit } = span;
  const whole = { since, until, devEuis };
  const events = Map.groupBy(await evidenceInEvents(pool, whole), ({ devEui }) => devEui);
  const ledger = await ledgerOfDevices(pool, source === undefined ? span : { ...span, limit: undefined });
  const asked =
    source === undefined && !span.devEuis
      ? [...events.keys()]
      : ledger.devices.filter(({ gaps }) => gaps > 0).map(({ devEui }) => devEui);

  const lost = new Map<DevEui, LostSpan[]>();
  for (let i = 0; i < asked.length; i += DEVICES_TOGETHER) {
    const devEuis = asked.slice(i, i + DEVICES_TOGETHER);
    const gaps = Map.groupBy(await gapsOf(pool, { ...whole, devEuis }), ({ devEui }) => devEui);
    for (const [devEui, ofDevice] of gaps) {
      const evidence = evidenceOf(events.get(devEui) ?? [], await source?.of(devEui, ofDevice));
      lost.set(devEui, explainGaps(ofDevice, evidence).flat());
    }
  }
  return {
    totals: { ...ledger.totals, states: explained(ledger.totals.states, [...lost.values()].flat()) },
    devices: ledger.devices.slice(0, limit).map((device) => ({
      ...device,
      states: explained(device.states, lost.get(device.devEui) ?? []),
    })),
    lost,
  };
}

function evidenceOf(events: readonly EventEvidence[], more: Partial<Evidence> = {}): Evidence {
  const heard = events.flatMap(({ fCnt, at, why }) => (fCnt === null ? [] : [{ fCnt, at, why }]));
  const moments = events.flatMap(({ fCnt, at }) => (fCnt === null ? [at] : []));
  return {
    ...NO_EVIDENCE,
    ...more,
    heard: [...heard, ...(more.heard ?? [])],
    moments: [...moments, ...(more.moments ?? [])],
  };
}

/** Moves what is explained out of `unexplained`. */
function explained(states: DeviceLedger['states'], lost: readonly LostSpan[]): DeviceLedger['states'] {
  const sum = (state: LostSpan['state']) =>
    lost.reduce((total, span) => (span.state === state ? total + span.count : total), 0);
  const [lost_on_radio, lost_after_lns] = [sum('lost_on_radio'), sum('lost_after_lns')];
  return {
    ...states,
    lost_on_radio,
    lost_after_lns,
    unexplained: states.unexplained - lost_on_radio - lost_after_lns,
  };
}
