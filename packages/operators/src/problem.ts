import type { OperatorProblem } from './reading.ts';

/** Where a reader stands, for what it has to say. */
export interface Place {
  readonly file: string;
  readonly section: string;
  readonly line: number;
}

export function problemAt(
  place: Place,
  column: string,
  code: string,
  reason: string,
  remedy: string,
  severity: OperatorProblem['severity'] = 'lost',
): OperatorProblem {
  return { kind: 'problem', severity, code, ...place, column, reason, remedy };
}

/** The beginning of a cell that can't be read, as a message shows it. */
export const shown = (text: string) => `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;

/** A line that has no text to read. */
export function damagedLine(place: Place, damage: 'not_utf8' | 'too_long'): OperatorProblem {
  return damage === 'not_utf8'
    ? problemAt(
        place,
        'line',
        'line_not_utf8',
        'the line is not UTF-8',
        'Export the file as UTF-8, or say that it is latin1.',
      )
    : problemAt(
        place,
        'line',
        'line_too_long',
        'the line has more than 64 KiB',
        'Correct the line break that is missing there.',
      );
}
