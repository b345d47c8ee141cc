import { decodedFrame } from '@veilleur/bridge';
import {
  createSandbox,
  decodeFrames,
  judgesFrame,
  type Profile,
  type ProfileCatalogue,
  type Sandbox,
} from '@veilleur/codec';
import { type DevEui, QUANTITIES, VeilleurError } from '@veilleur/domain';
import {
  assignProfile,
  type ChangedValue,
  type DeviceRedecode,
  devicesOfProfile,
  type Pool,
  type Redecoded,
  redecodeDevice,
  type StoredFrame,
  Writer,
} from '@veilleur/store';
import type { Output } from './output.ts';

export interface RedecodeRequest {
  readonly profile: string;
  readonly since: Date;
  readonly until: Date;
  readonly apply: boolean;
}

/** Which of its devices' frames a re-decode takes: what another profile decoded may have been right. */
type Taking = 'own and undecoded' | 'all';

const BIGGEST = 10;

/** The sums over devices, and the differences that a person should look at. */
interface RedecodeSummary {
  readonly profile: string;
  readonly applied: boolean;
  readonly devices: number;
  readonly frames: number;
  readonly spared: number;
  readonly undecodedBefore: number;
  readonly undecodedAfter: number;
  readonly unjudged: number;
  readonly unchanged: number;
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  readonly biggest: readonly ChangedValue[];
}

/**
 * Decodes the stored frames of a profile's devices with its present version, but for those that another
 * profile decoded, and shows what differs from what is stored; `apply` writes it. A device's history changes as a whole or not at all.
 *
 * @returns Whether the decoder judged every frame.
 */
export async function redecode(
  pool: Pool,
  profiles: ProfileCatalogue,
  request: RedecodeRequest,
  output: Output,
): Promise<boolean> {
  const profile = find(profiles, request.profile);
  const devices = await devicesOfProfile(pool, profile.id);
  const summary = await redecodeDevices(pool, profile, devices, request, 'own and undecoded', output);
  output.answer(summary, describe(summary, request));
  return summary.unjudged === 0;
}

/**
 * Gives a device a profile, for good, and decodes what it has sent so far.
 *
 * @returns Whether the decoder judged every frame.
 */
export async function assign(
  pool: Pool,
  profiles: ProfileCatalogue,
  devEui: DevEui,
  profileId: string,
  output: Output,
): Promise<boolean> {
  const profile = find(profiles, profileId);
  if (!(await assignProfile(pool, devEui, profile.id))) {
    throw new VeilleurError('device_not_found', `no device ${devEui} has been seen`, {
      remedy:
        'It appears with its first event; a profile can be named by the tag veilleur-profile in the LNS.',
    });
  }
  const always = { profile: profile.id, since: new Date(0), until: new Date('9999-01-01'), apply: true };
  const summary = await redecodeDevices(pool, profile, [devEui], always, 'all', output);
  output.answer(
    { devEui, ...summary },
    [
      `${devEui} is decoded by ${profile.id} from now on. ${summary.frames} stored frames were decoded: ${summary.added} measurements added, ${summary.changed} changed, ${summary.removed} removed, ${summary.undecodedAfter} frames without an answer.`,
      ...unjudgedLines(summary),
    ].join('\n'),
  );
  return summary.unjudged === 0;
}

function find(profiles: ProfileCatalogue, id: string): Profile {
  const profile = profiles.get(id);
  if (profile !== undefined) return profile;
  throw new VeilleurError('profile_not_found', `there is no profile ${id}`, {
    remedy: `Known: ${profiles
      .all()
      .map((known) => known.id)
      .join(', ')}.`,
  });
}

async function redecodeDevices(
  pool: Pool,
  profile: Profile,
  devices: readonly DevEui[],
  { since, until, apply }: RedecodeRequest,
  taking: Taking,
  output: Output,
): Promise<RedecodeSummary> {
  const versionIds = await new Writer(pool).registerProfiles([profile]);
  const profileVersionId = versionIds.get(profile.id);
  if (profileVersionId === undefined) throw new Error(`profile ${profile.id} was not registered`);
  // A hold keeps a bridge going. Here it would leave good frames undecoded for the sake of a few bad ones.
  const sandbox = createSandbox({ hold: { maxStrikes: Number.POSITIVE_INFINITY } });
  const options = {
    since,
    until,
    profileVersionId,
    onlyOf: taking === 'all' ? null : profile.id,
    apply,
    decode: (frames: readonly StoredFrame[]) => decodeStored(profile, profileVersionId, frames, sandbox),
  };

  const progress = output.progress('devices', devices.length);
  const sum = {
    frames: 0,
    spared: 0,
    undecodedBefore: 0,
    undecodedAfter: 0,
    unjudged: 0,
    unchanged: 0,
    changed: 0,
    added: 0,
    removed: 0,
  };
  let biggest: ChangedValue[] = [];
  try {
    for (const devEui of devices) {
      const result = await redecodeDevice(pool, { devEui, ...options });
      add(sum, result);
      biggest = [...biggest, ...result.changed].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, BIGGEST);
      progress.increment();
    }
  } finally {
    progress.stop();
    await sandbox.stop();
  }
  return { profile: profile.id, applied: apply, devices: devices.length, ...sum, biggest };
}

/** As a bridge decodes them. */
async function decodeStored(
  profile: Profile,
  profileVersionId: number,
  frames: readonly StoredFrame[],
  sandbox: Sandbox,
): Promise<readonly Redecoded[]> {
  const results = await decodeFrames(
    profile,
    frames.map(({ payload: bytes, fPort, receivedAt, tags: variables }) => ({
      bytes,
      fPort,
      receivedAt,
      variables,
    })),
    sandbox,
  );
  return frames.map((frame, i): Redecoded => {
    const result = results[i];
    if (result === undefined) throw new Error('a frame was left without a result');
    const isJudged = true;
    if (frame.encrypted) return { decoding: { state: 'encrypted' }, measurements: [], isJudged };
    if (frame.payload.length === 0) return { decoding: { state: 'no_payload' }, measurements: [], isJudged };
    return {
      ...decodedFrame(result, profileVersionId),
      isJudged: result.outcome === 'decoded' || judgesFrame(result.code),
    };
  });
}

function add(
  sum: { -readonly [K in keyof Omit<DeviceRedecode, 'changed'>]: number } & { changed: number },
  result: DeviceRedecode,
) {
  sum.frames += result.frames;
  sum.spared += result.spared;
  sum.undecodedBefore += result.undecodedBefore;
  sum.undecodedAfter += result.undecodedAfter;
  sum.unjudged += result.unjudged;
  sum.unchanged += result.unchanged;
  sum.changed += result.changed.length;
  sum.added += result.added;
  sum.removed += result.removed;
}

/** How much a value moved, in proportion: ten litres of a hundred are more than ten of a million. */
function sizeOf({ before, after }: ChangedValue): number {
  return Math.abs(after - before) / Math.max(Math.abs(before), Math.abs(after), Number.MIN_VALUE);
}

function describe(summary: RedecodeSummary, { since, until }: RedecodeRequest): string {
  const n = (value: number) => value.toLocaleString('en');
  const verb = summary.applied ? '' : ' would be';
  return [
    `${summary.profile}: ${n(summary.frames)} frames of ${n(summary.devices)} devices, received from ${since.toISOString()} until ${until.toISOString()}`,
    `  ${n(summary.changed)} measurements${verb} changed, ${n(summary.added)} added, ${n(summary.removed)} removed; ${n(summary.unchanged)} stay as they are`,
    `  ${n(summary.undecodedBefore)} frames without an answer before, ${n(summary.undecodedAfter)} after`,
    ...(summary.spared === 0
      ? []
      : [
          `  ${n(summary.spared)} frames that another profile decoded are left alone; veilleur device assign takes those of a device as well`,
        ]),
    ...unjudgedLines(summary).map((line) => `  ${line}`),
    ...(summary.biggest.length === 0 ? [] : ['', '  The biggest differences:']),
    ...summary.biggest.map(
      ({ devEui, quantity, channel, time, before, after }) =>
        `    ${devEui}  ${time.toISOString()}  ${quantity}${channel === 0 ? '' : ` #${channel}`}  ${before} -> ${after} ${QUANTITIES[quantity].unit}`,
    ),
    '',
    summary.applied
      ? 'Written. The table restatement has a row for each device.'
      : 'Nothing was written. Add --apply to write it.',
  ].join('\n');
}

function unjudgedLines({ unjudged }: RedecodeSummary): string[] {
  if (unjudged === 0) return [];
  const frames = `${unjudged.toLocaleString('en')} ${unjudged === 1 ? 'frame' : 'frames'}`;
  return [
    `The decoder was stopped on ${frames} for its time or memory: what they told before stands. Run it again when the machine has less to do; if they remain, the decoder hangs on them.`,
  ];
}
