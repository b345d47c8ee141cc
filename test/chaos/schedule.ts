import { shuffled, stream, wholeBetween } from './seeded.ts';

export const FAULT_KINDS = [
  'kill_bridge',
  'kill_broker',
  'kill_database',
  'cut_broker_connection',
  'cut_database_connection',
  'half_open_broker',
  'half_open_database',
  'delay_broker',
  'delay_database',
  'cut_packet_to_bridge',
  'cut_packet_to_broker',
  'cut_packet_to_database',
  'cut_packet_from_database',
  'disk_full',
  'clock_jump',
  'pause_bridge',
  'pause_broker',
  'pause_database',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One thing that goes wrong, and when in the cycle. */
export interface Fault {
  readonly kind: FaultKind;
  /** After the load began. */
  readonly atMs: number;
  /** Until it heals, or until a killed program is started again. */
  readonly forMs: number;
  /** The bridge that it hits, where it hits one. */
  readonly bridge: number;
  /** What else the kind needs: bytes until the cut, milliseconds of delay, the jump of a clock. */
  readonly amount: number;
}

/** How far a clock may jump: see `amountOf`. */
const CLOCK_JUMP_MS = 11 * 3_600_000;

/**
 * The faults of each cycle, one or two, drawn from the seed. Kinds are dealt like cards, so that every
 * kind has come before one comes again.
 */
export function drawSchedule(seed: number, cycles: number, bridges: number): Fault[][] {
  const units = stream(seed, 'faults');
  const deck: FaultKind[] = [];
  let deals = 0;
  let draws = 0;
  const draw = () => {
    draws += 1;
    return units(draws);
  };
  const deal = (): FaultKind => {
    if (deck.length === 0) {
      deck.push(...shuffled(FAULT_KINDS, stream(seed, `deck ${deals}`)));
      deals += 1;
    }
    return deck.pop() as FaultKind;
  };
  return Array.from({ length: cycles }, () =>
    Array.from({ length: draw() < 0.5 ? 1 : 2 }, () => {
      const kind = deal();
      return {
        kind,
        atMs: wholeBetween(draw(), 500, 2000),
        forMs: wholeBetween(draw(), 500, 4000),
        bridge: wholeBetween(draw(), 0, bridges - 1),
        amount: amountOf(kind, draw()),
      };
    }),
  );
}

function amountOf(kind: FaultKind, unit: number): number {
  switch (kind) {
    case 'cut_packet_to_bridge':
    case 'cut_packet_to_broker':
    case 'cut_packet_to_database':
    case 'cut_packet_from_database':
      return wholeBetween(unit, 1, 20_000);
    case 'delay_broker':
    case 'delay_database':
      return wholeBetween(unit, 20, 600);
    case 'clock_jump':
      // Two bridges less than a day apart: beyond it a frame that tells no time is taken for another
      // one when it comes again (docs/decisions/0002), and one that tells its time for one of the future.
      return wholeBetween(unit, -CLOCK_JUMP_MS, CLOCK_JUMP_MS);
    case 'kill_bridge':
    case 'kill_broker':
    case 'kill_database':
    case 'cut_broker_connection':
    case 'cut_database_connection':
    case 'half_open_broker':
    case 'half_open_database':
    case 'disk_full':
    case 'pause_bridge':
    case 'pause_broker':
    case 'pause_database':
      return 0;
  }
}
