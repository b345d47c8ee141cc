import { VeilleurError } from '@veilleur/domain';
import type { OperatorProblem, OperatorReading } from '@veilleur/operators';
import {
  addPoint,
  type NewOperatorFact,
  type NewOperatorReading,
  type NewPoint,
  OperatorReadingWriter,
  type PointKind,
  type Pool,
  unknownPoints,
} from '@veilleur/store';
import { rowOf } from './operator-rows.ts';

/** What a source gives, a file or a pull. A checkpoint is stored as it is, with what came before it. */
export type ImportItem =
  | OperatorReading
  | OperatorProblem
  | { readonly kind: 'checkpoint'; readonly checkpoint: unknown }
  | { readonly kind: 'end' };

export interface ImportTarget {
  readonly pool: Pool;
  readonly importId: number;
  readonly clock: () => Date;
  /** Metering points that are not known yet are added; else their readings are told as a problem. */
  readonly addPoints: boolean;
  /** Our code of the one point that the source tells of, and calls otherwise. */
  readonly point?: string;
  readonly onProblem: (problem: ImportProblem) => void;
  /** Told after each commit what it held. */
  readonly onStored?: (stored: {
    readonly readings: number;
    readonly changed: number;
    readonly facts: number;
  }) => void;
}

export type ImportProblem =
  | OperatorProblem
  | {
      readonly kind: 'point_unknown';
      readonly pointId: string;
      readonly line: number;
      readonly remedy: string;
    };

export interface Imported {
  readonly readings: number;
  /** New, or said otherwise than before. */
  readonly changed: number;
  readonly facts: number;
  /** What the operator says that it does not know. */
  readonly missing: number;
  readonly problems: number;
  /** Points that were added. */
  readonly added: readonly string[];
}

/** Readings of one transaction where the source offers no checkpoint so soon. */
const LARGEST_PORTION = 5000;

/**
 * Stores what an operator's source gives, portion by portion, each with the checkpoint from which the next
 * attempt goes on. Again is harmless: what is known already changes nothing.
 */
export async function importReadings(
  items: AsyncIterable<ImportItem>,
  target: ImportTarget,
): Promise<Imported> {
  const points = new Points(target);
  const writer = new OperatorReadingWriter(target.pool);
  const sum = { readings: 0, changed: 0, facts: 0, missing: 0, problems: 0 };
  let readings: NewOperatorReading[] = [];
  let facts: NewOperatorFact[] = [];
  let problems = 0;
  const flush = async (checkpoint: unknown, ended: boolean) => {
    // What an unknown point was told must be read again once there is such a point: from the beginning.
    const portion = points.unknown
      ? { readings, facts, problems, checkpoint: null, ended: false }
      : { readings, facts, problems, checkpoint, ended };
    const changed = await writer.write(target.importId, portion, target.clock());
    target.onStored?.({ readings: readings.length, changed, facts: facts.length });
    sum.changed += changed;
    sum.readings += readings.length;
    sum.facts += facts.length;
    sum.problems += problems;
    readings = [];
    facts = [];
    problems = 0;
  };
  let last: unknown = null;
  for await (const item of items) {
    if (item.kind === 'problem') {
      problems += 1;
      target.onProblem(item);
    } else if (item.kind === 'checkpoint') {
      last = item.checkpoint;
      await flush(last, false);
    } else if (item.kind === 'end') {
      await flush(null, true);
    } else {
      const known = await points.known(item);
      if (known === null) {
        problems += 1;
        continue;
      }
      const told = rowOf({ ...item, pointId: known });
      if (told.kind === 'reading') readings.push(told.row);
      else if (told.kind === 'fact') facts.push(told.row);
      else sum.missing += 1;
      if (readings.length >= LARGEST_PORTION) await flush(last, false);
    }
  }
  return { ...sum, added: points.added };
}

/** Which points there are: asked once each. */
class Points {
  readonly #target: ImportTarget;
  readonly #known = new Map<string, string | null>();
  #first: string | null = null;
  readonly added: string[] = [];
  /** Some of what was told had no point. */
  unknown = false;

  constructor(target: ImportTarget) {
    this.#target = target;
  }

  async known(reading: OperatorReading): Promise<string | null> {
    const { pointId, sourceLine: line } = reading;
    const asked = this.#known.get(pointId);
    if (asked !== undefined) return asked;
    const { pool, addPoints, point, onProblem } = this.#target;
    this.#first ??= pointId;
    const code = point ?? pointId;
    let known: string | null = code;
    if (point !== undefined && pointId !== this.#first) {
      known = null;
      const remedy = `--point ${point} is taken for ${this.#first}, which the source tells first. Import the others without it.`;
      onProblem({ kind: 'point_unknown', pointId, line, remedy });
    } else if ((await unknownPoints(pool, [code])).length > 0) {
      if (addPoints) {
        if (await isAdded(pool, { code, ...KINDS[reading.operator], operator: reading.operator }))
          this.added.push(code);
      } else {
        known = null;
        this.unknown = true;
        const remedy = `Add it with veilleur point add ${code} --quantity ${KINDS[reading.operator].quantity}, or all of them with --add-points.`;
        onProblem({ kind: 'point_unknown', pointId: code, line, remedy });
      }
    }
    this.#known.set(pointId, known);
    return known;
  }
}

/** Whether this very call added it: another import may do so in the same moment. */
async function isAdded(pool: Pool, point: NewPoint): Promise<boolean> {
  try {
    await addPoint(pool, point);
    return true;
  } catch (thrown) {
    if (thrown instanceof VeilleurError && thrown.code === 'point_exists') return false;
    throw thrown;
  }
}

const KINDS = {
  enedis: { kind: 'prm', quantity: 'active_energy_import' },
  grdf: { kind: 'pce', quantity: 'gas_volume' },
  water: { kind: 'water_contract', quantity: 'water_volume' },
} as const satisfies Record<OperatorReading['operator'], { kind: PointKind; quantity: string }>;
