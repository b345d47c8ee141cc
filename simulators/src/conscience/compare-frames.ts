import type { DevEui } from '@veilleur/domain';
import { deviceOf } from '../lns/lns-message.ts';
import { type Comparison, type ComparisonContext, Findings, type HeldFrame } from './comparison.ts';
import type { FrameDigest } from './frame-digest.ts';
import { KnowledgeNotes, type KnownSession, type StoredFrame } from './knowledge.ts';
import { scheduleOf } from './report-times.ts';

/** Devices whose frames are looked at one by one, where their sums differ. */
const MOST_DEVICES_IN_DETAIL = 200;
const EVENTS_A_TURN = 20_000;

/**
 * Every frame that was sent is in the database once, with its bytes and its time of reception, decoded; and no other is. Sums over
 * the frames of each session are compared; where they differ, the frames are made again and named.
 */
export const FRAMES: Comparison = {
  name: 'frames',
  async run(context) {
    const { knowledge, holdings, source } = context;
    const findings = new Findings();
    const known = new Map<string, KnownSession>();
    for (const session of knowledge.sessions) {
      known.set(`${source.city.device(session.device).devEui}/${session.sessionKey}`, session);
    }
    const suspects = new Set<DevEui>();
    for await (const held of holdings.sessions()) {
      const key = `${held.devEui}/${held.sessionKey}`;
      const sent = known.get(key);
      known.delete(key);
      findings.compared += Math.max(held.frames, sent?.frames ?? 0);
      findings.count('stored', held.frames);
      findings.count('undecoded', held.frames - held.decoded);
      const isSame =
        sent?.frames === held.frames &&
        sent.fCntSum === held.fCntSum &&
        sent.hashSum === held.hashSum &&
        isReceivedWhenSent(sent, held);
      if (!isSame || held.decoded !== held.frames) suspects.add(held.devEui);
    }
    for (const { device, frames } of known.values()) {
      suspects.add(source.city.device(device).devEui);
      findings.compared += frames;
    }
    findings.figures.sent = knowledge.received + knowledge.repeated;
    findings.figures.sessions = knowledge.sessions.length;
    findings.figures.devicesThatDiffer = suspects.size;
    if (suspects.size > 0) await inDetail(context, suspects, findings);
    const unnamed = suspects.size - MOST_DEVICES_IN_DETAIL;
    if (unnamed > 0) {
      findings.add({
        kind: 'frame_altered',
        what: 'devices',
        expected: 'the frames that were sent',
        found: `${unnamed} more devices whose frames differ`,
        weight: 2,
      });
    }
    return findings.result();
  },
};

/** Beyond this numbers of milliseconds are no longer exact; a day of a frame among so many would still be seen. */
const ROUNDED_MS = 2;

function isReceivedWhenSent(sent: KnownSession, { receivedAtSum }: FrameDigest): boolean {
  const roundedMs = Number.isSafeInteger(sent.receivedAtSum) ? 0 : ROUNDED_MS * sent.frames;
  return Math.abs(receivedAtSum - sent.receivedAtSum) <= sent.spreadMs + roundedMs;
}

async function inDetail(
  context: ComparisonContext,
  suspects: ReadonlySet<DevEui>,
  findings: Findings,
): Promise<void> {
  const chosen = new Set([...suspects].slice(0, MOST_DEVICES_IN_DETAIL));
  context.say(`${suspects.size} devices differ: making the frames of ${chosen.size} of them again`);
  const sent = await framesAgain(context, chosen);
  const inDoubt = new Set(
    context.knowledge.inDoubt.map(
      ({ device, sessionKey, fCnt }) => `${context.source.city.device(device).devEui}/${sessionKey}/${fCnt}`,
    ),
  );
  const spreadsMs = new Map(
    context.knowledge.sessions
      .filter(({ spreadMs }) => spreadMs > 0)
      .map(({ device, sessionKey, spreadMs }) => [
        `${context.source.city.device(device).devEui}/${sessionKey}`,
        spreadMs,
      ]),
  );
  const inDoubtOf = new Set(Array.from(inDoubt, (key) => key.split('/')[0]));
  for (const devEui of chosen) {
    const held = await context.holdings.framesOf(devEui);
    const before = findings.differences;
    compareDevice(devEui, sent.get(devEui) ?? [], held, { inDoubt, spreadsMs }, findings);
    if (findings.differences > before || inDoubtOf.has(devEui)) continue;
    findings.add({
      kind: 'frame_altered',
      devEui,
      what: 'sum over the frames',
      expected: 'that of the frames that were sent',
      found: 'another, though each frame that is made again is there',
      weight: 6,
    });
  }
}

const keyOf = ({ sessionKey, fCnt }: { readonly sessionKey: string; readonly fCnt: number }) =>
  `${sessionKey}/${fCnt}`;

interface Tolerance {
  /** DevEUI, session and counter of frames that may be there or not. */
  readonly inDoubt: ReadonlySet<string>;
  /** By DevEUI and session: see `KnownSession`. */
  readonly spreadsMs: ReadonlyMap<string, number>;
}

/** Names what differs between a device's frames as they were sent and as they are held. */
export function compareDevice(
  devEui: DevEui,
  sent: readonly StoredFrame[],
  held: readonly HeldFrame[],
  { inDoubt, spreadsMs }: Tolerance,
  findings: Findings,
): void {
  const heldByKey = Map.groupBy(held, keyOf);
  const sentByKey = Map.groupBy(sent, keyOf);
  for (const key of new Set([...sentByKey.keys(), ...heldByKey.keys()])) {
    if (inDoubt.has(`${devEui}/${key}`)) continue;
    const expected = sentByKey.get(key) ?? [];
    const found = heldByKey.get(key) ?? [];
    const about = {
      devEui,
      fCnt: (expected[0] ?? found[0])?.fCnt ?? null,
      at: found[0]?.receivedAt ?? new Date(expected[0]?.receivedAtMs ?? 0),
      what: `session ${key.split('/').slice(0, -1).join('/')}`,
    };
    const wanted = expected.map(({ hash }) => hash).sort((a, b) => a - b);
    const there = found.map(({ hash }) => hash).sort((a, b) => a - b);
    if (expected.length === 0) {
      findings.add({
        ...about,
        kind: 'frame_not_sent',
        expected: 'no such frame',
        found: `${found.length}`,
        weight: 5,
      });
    } else if (found.length === 0) {
      findings.add({
        ...about,
        kind: 'frame_missing',
        expected: `${expected.length}`,
        found: 'none',
        weight: 10,
      });
    } else if (found.length > expected.length) {
      findings.add({
        ...about,
        kind: 'frame_doubled',
        expected: `${expected.length}`,
        found: `${found.length}`,
        weight: 8,
      });
    } else if (found.length < expected.length || wanted.join() !== there.join()) {
      findings.add({
        ...about,
        kind: 'frame_altered',
        expected: wanted.map(hex).join(' '),
        found: there.map(hex).join(' '),
        weight: 9,
      });
    } else {
      const spreadMs = spreadsMs.get(`${devEui}/${expected[0]?.sessionKey}`) ?? 0;
      const times = found.map(({ receivedAt }) => receivedAt.getTime()).sort((a, b) => a - b);
      const sentTimes = expected.map(({ receivedAtMs }) => receivedAtMs).sort((a, b) => a - b);
      for (const [i, ms] of times.entries()) {
        const receivedAtMs = sentTimes[i] ?? ms;
        if (Math.abs(ms - receivedAtMs) <= spreadMs) continue;
        findings.add({
          ...about,
          kind: 'frame_misdated',
          at: new Date(ms),
          expected: `received at ${new Date(receivedAtMs).toISOString()}`,
          found: new Date(ms).toISOString(),
          weight: 7,
        });
      }
    }
    for (const { decoding, decodingReason, receivedAt } of found) {
      if (decoding === 'decoded') continue;
      findings.add({
        ...about,
        at: receivedAt,
        kind: 'frame_undecoded',
        expected: 'decoded',
        found: decodingReason === null ? decoding : `${decoding}: ${decodingReason}`,
        weight: 4,
      });
    }
  }
}

const hex = (hash: number) => hash.toString(16).padStart(8, '0');

/** The frames of some devices, from the source once more. */
async function framesAgain(
  { source, knowledge }: ComparisonContext,
  devEuis: ReadonlySet<DevEui>,
): Promise<ReadonlyMap<DevEui, readonly StoredFrame[]>> {
  const { city } = source;
  const again = new Map<DevEui, StoredFrame[]>();
  const wanted = new Set<number>();
  for (const { index, devEui } of city.devices()) if (devEuis.has(devEui)) wanted.add(index);
  const notes = new KnowledgeNotes(city.deviceCount, scheduleOf(city), (frame) => {
    const { devEui } = city.device(frame.device);
    const frames = again.get(devEui);
    if (frames === undefined) again.set(devEui, [frame]);
    else frames.push(frame);
  });
  let messages = 0;
  let events = 0;
  for (const event of source.events()) {
    const message = source.word(event);
    if (message !== null) messages += 1;
    // A run that was ended early published no more than this.
    if (messages > knowledge.messages) break;
    if (wanted.has(deviceOf(event).index)) notes.note(event, message);
    events += 1;
    if (events % EVENTS_A_TURN === 0) await new Promise(setImmediate);
  }
  return again;
}
