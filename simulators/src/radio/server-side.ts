import type { EmittingDevice } from '../emission.ts';
import { leastSnr_dB } from './eu868.ts';
import type { Frame } from './frame.ts';
import type { RadioPlan, ServerHabits } from './plan.ts';
import type { RadioDevice } from './radio-device.ts';
import { sessionOf } from './radio-device.ts';
import type {
  DeviceStatus,
  Hearing,
  Join,
  LossCause,
  RadioEvent,
  Repeat,
  Session,
  Transmission,
} from './transmission.ts';

/** From the end of a frame at the gateway to the server's having put its copies together. */
const BACKHAUL_MS = 40;
const DAY_MS = 86_400_000;

/** An event whose moment is not fixed before it is told. */
export type Untold = (Transmission | Repeat | Join | DeviceStatus) & { atMs: number };

/** What of a device's chances this file asks for; 0 to 2 are the device's own. */
const CHANCE = {
  reordered: 3,
  reorderDelay: 4,
  replica: 5,
  replicaDelay: 6,
  redelivery: 7,
  redeliveryDelay: 8,
  firstStatus: 9,
};

/** The server's first look at what the gateways bring, and the way from there to its subscribers. */
export class ServerSide {
  /** What has become known, in time order; whoever reads it empties it. */
  readonly told: RadioEvent[] = [];
  readonly #habits: ServerHabits;
  readonly #statusEveryMs: number;
  readonly #battery_percent: (device: EmittingDevice, at: Date) => number | null;
  readonly #later: (atMs: number, device: RadioDevice, event: Untold) => void;

  /** @param later brings an event back to `publish` at a time. */
  constructor(plan: RadioPlan, later: (atMs: number, device: RadioDevice, event: Untold) => void) {
    this.#habits = plan.server ?? {};
    this.#statusEveryMs = plan.server?.statusEveryMs ?? DAY_MS;
    this.#battery_percent = plan.battery_percent ?? batteryByMedium;
    this.#later = later;
  }

  /** A copy of a frame is at the server: the first one decides, the others are repeats. */
  arrives(nowMs: number, device: RadioDevice, frame: Frame, hearing: Hearing, how: Repeat['how']): void {
    if (frame.isTold) {
      const isPublished = frame.lost === null && (this.#habits.forwardsRepeats ?? false);
      this.#repeat(nowMs, device, frame, hearing, how, isPublished, 0);
      return;
    }
    frame.receptions = hearing.receptions;
    if (!this.#accepts(device, frame)) {
      this.lose(nowMs, frame, 'counter_refused');
      return;
    }
    frame.isTold = true;
    frame.receivedAt = new Date(nowMs + BACKHAUL_MS);
    const { reorderShare = 0, reorderWithin_s = 1.5 } = this.#habits;
    if (reorderShare > 0 && device.chance(CHANCE.reordered) < reorderShare)
      this.#later(
        nowMs + 50 + (reorderWithin_s * 1000 - 50) * device.chance(CHANCE.reorderDelay),
        device,
        frame,
      );
    else this.publish(nowMs, device, frame);
    this.#askForStatus(nowMs, device, frame);
  }

  lose(nowMs: number, frame: Frame, cause: LossCause): void {
    frame.isTold = true;
    frame.lost = cause;
    frame.atMs = nowMs + BACKHAUL_MS;
    if (cause !== 'counter_refused') frame.receptions = [];
    this.told.push(frame);
  }

  /** A JoinRequest was heard: the server opens a session, whether or not its accept will be heard. */
  join(nowMs: number, device: RadioDevice, hearing: Hearing): Session {
    device.sessionsGiven += 1;
    const session = sessionOf(device.key, device.sessionsGiven);
    device.serverSession = session.number;
    device.serverFCnt = -1;
    this.publish(nowMs, device, {
      kind: 'join',
      atMs: 0,
      ...hearing,
      device: device.device,
      session,
      devNonce: device.devNonce,
      receivedAt: new Date(nowMs + BACKHAUL_MS),
    });
    return session;
  }

  publish(nowMs: number, device: RadioDevice, event: Untold): void {
    event.atMs = nowMs + BACKHAUL_MS;
    this.told.push(event);
    if (event.kind !== 'frame') return;
    const { replicaShare = 0, redeliveryShare = 0 } = this.#habits;
    const frame = event as Frame;
    if (replicaShare > 0 && device.chance(CHANCE.replica) < replicaShare) {
      const delayMs = 5 + 300 * device.chance(CHANCE.replicaDelay);
      this.#repeat(nowMs, device, frame, frame, 'replica', true, delayMs);
    }
    if (redeliveryShare > 0 && device.chance(CHANCE.redelivery) < redeliveryShare) {
      // Mostly at once, sometimes after a minute.
      const delayMs = 100 + 60_000 * device.chance(CHANCE.redeliveryDelay) ** 4;
      this.#repeat(nowMs, device, frame, frame, 'redelivery', true, delayMs);
    }
  }

  #accepts(device: RadioDevice, frame: Frame): boolean {
    const fCnt = frame.fCnt ?? 0;
    const isNew = frame.session.number === device.serverSession && fCnt > device.serverFCnt;
    const isAccepted = isNew || this.#habits.checksCounters === false;
    if (isAccepted) device.serverFCnt = fCnt;
    return isAccepted;
  }

  #repeat(
    nowMs: number,
    device: RadioDevice,
    frame: Frame,
    { channel, spreadingFactor, frequency_Hz, receptions }: Hearing,
    how: Repeat['how'],
    isPublished: boolean,
    delayMs: number,
  ): void {
    frame.copies += 1;
    const event = {
      kind: 'repeat' as const,
      atMs: 0,
      channel,
      spreadingFactor,
      frequency_Hz,
      receptions,
      how,
      of: frame,
      copy: frame.copies,
      // A replica had it when the first one had it, however late that one speaks.
      receivedAt: new Date(
        (how === 'replica' && frame.receivedAt !== null ? frame.receivedAt.getTime() : nowMs + BACKHAUL_MS) +
          delayMs,
      ),
      isPublished,
    };
    if (delayMs === 0) this.publish(nowMs, device, event);
    else this.#later(nowMs + delayMs, device, event);
  }

  #askForStatus(nowMs: number, device: RadioDevice, frame: Frame): void {
    if (this.#statusEveryMs === 0 || nowMs < device.statusDueMs) return;
    const isFirst = device.statusDueMs === Number.NEGATIVE_INFINITY;
    // A city's devices are not all asked in the first minute.
    device.statusDueMs = nowMs + this.#statusEveryMs * (isFirst ? device.chance(CHANCE.firstStatus) : 1);
    if (isFirst) return;
    const receivedAt = new Date(nowMs + BACKHAUL_MS);
    const margin_dB = Math.round((frame.receptions[0]?.snr ?? 0) - leastSnr_dB(frame.spreadingFactor));
    this.publish(nowMs, device, {
      kind: 'status',
      atMs: 0,
      device: device.device,
      session: frame.session,
      receivedAt,
      margin_dB: Math.max(-32, Math.min(31, margin_dB)),
      battery_percent: this.#battery_percent(device.device, receivedAt),
    });
  }
}

/** Luminaires and Linky transmitters live on the mains; a new cell says 246 of 254. */
function batteryByMedium({ medium }: EmittingDevice): number | null {
  return medium === 'lighting' || medium === 'electricity' ? null : 96.85;
}
