import { wholeNumber } from '../exact.ts';
import type { Draft } from '../import.ts';
import { instantOf } from '../local-time.ts';
import { type Place, problemAt, shown } from '../problem.ts';
import { type Keyless, type OperatorProblem, withKey } from '../reading.ts';
import { energyOf } from './energy.ts';
import { powerOf, type Section } from './section.ts';
import { type Placement, type StepSettings, StepTracker } from './step-tracker.ts';

/** The rows of one load curve (`2021-01-07T14:00:00+01:00;1061`), as energy over their steps. */
export class CurveRows {
  readonly #section: Section;
  readonly #steps: StepTracker<OperatorProblem>;

  constructor(section: Section, settings: StepSettings) {
    this.#section = section;
    this.#steps = new StepTracker(settings);
  }

  get pending(): boolean {
    return this.#steps.pending;
  }

  *read(cells: readonly string[], place: Place): Generator<Draft> {
    const [stamp = '', value = ''] = cells;
    const at = instantOf(stamp);
    if (at === null) {
      const remedy = 'Write it as 2021-10-31T02:30:00+02:00, with its offset.';
      yield* this.broken(
        problemAt(place, 'Horodate', 'stamp_unreadable', `${shown(stamp)} is no instant`, remedy),
      );
      return;
    }
    const power_W = wholeNumber(value, powerOf(this.#section.unit));
    const unreadable = value !== '' && power_W === null;
    if (unreadable) {
      const remedy = 'Write whole watts, or leave the cell empty where the value is not known.';
      const problem = problemAt(place, 'Valeur', 'value_unreadable', `${shown(value)} is no power`, remedy);
      yield* this.#drafts(this.#steps.pass(problem, false));
    }
    yield* this.#drafts(this.#steps.row({ line: place.line, at, power_W, unreadable }));
  }

  /** A line that could not be read, in its place among the rows. */
  *broken(problem: OperatorProblem): Generator<Draft> {
    yield* this.#drafts(this.#steps.pass(problem, true));
  }

  *end(): Generator<Draft> {
    yield* this.#drafts(this.#steps.end());
  }

  *#drafts(placements: readonly Placement<OperatorProblem>[]): Generator<Draft> {
    for (const placement of placements) {
      yield placement.kind === 'passed' ? placement.item : withKey(this.#reading(placement));
    }
  }

  #reading(placement: Exclude<Placement<OperatorProblem>, { kind: 'passed' }>): Keyless {
    const { pointId, quantity, quality } = this.#section;
    const common = { operator: 'enedis', pointId, quantity, register: 'total', channel: 0 } as const;
    const span = { from: new Date(placement.from), to: new Date(placement.to) };
    const missing = { ...common, kind: 'missing', of: 'interval', ...span } as const;
    if (placement.kind === 'hole') {
      return { ...missing, reason: placement.damaged ? 'unreadable' : 'no_row', sourceLine: placement.line };
    }
    const { power_W, unreadable, line: sourceLine } = placement.row;
    if (placement.kind === 'unplaced') {
      const stated = power_W === null ? {} : { unplacedPower_W: power_W };
      return { ...missing, ...stated, reason: 'step_unknown', sourceLine };
    }
    if (power_W === null)
      return { ...missing, reason: unreadable ? 'unreadable' : 'empty_value', sourceLine };
    const energy = energyOf(power_W, placement.to - placement.from);
    return { ...common, kind: 'interval', ...span, ...energy, quality, basis: 'metered', sourceLine };
  }
}
