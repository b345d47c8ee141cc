import { plain } from '../cells.ts';
import { wholeNumber } from '../exact.ts';
import type { OperatorQuantity, ReadingQuality } from '../reading.ts';

/** What a section of an SGE file is about, of its header's line. */
export interface Section {
  readonly pointId: string;
  readonly type: SectionType;
  readonly quantity: Extract<OperatorQuantity, 'active_energy_import' | 'active_energy_export'>;
  readonly quality: ReadingQuality;
  /** As written, lower case: `w`, `kw`, `wh`, `va`, or empty. */
  readonly unit: string;
  readonly step_ms: number | null;
  /** `load curve of 09111642617347`, for messages and checkpoints. */
  readonly name: string;
}

export type SectionType = 'load curve' | 'index' | 'maximum power';

/** SGE's own order, for a section whose line of headings is damaged. */
const USUAL_COLUMNS = [
  'identifiant prm',
  'type de donnees',
  'date de debut',
  'date de fin',
  'grandeur physique',
  'grandeur metier',
  'etape metier',
  'unite',
  'pas en minutes',
];

export const isSectionHeading = (cells: readonly string[]) => plain(cells[0] ?? '') === 'identifiant prm';

/** A line that says what a section is about, told by itself: 14 digits, then a word. */
export const isSectionLine = (cells: readonly string[]) =>
  /^\d{14}$/.test(cells[0] ?? '') && typeOf(cells[1] ?? '') !== null;

function typeOf(text: string): SectionType | null {
  const type = plain(text);
  if (type.startsWith('courbe de charge') || type.startsWith('courbe de puissance')) return 'load curve';
  if (type.startsWith('index')) return 'index';
  return type.startsWith('puissance maximale') ? 'maximum power' : null;
}

export interface Refusal {
  readonly column: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Reads a section's line, or says why its rows can't be used. */
export function readSection(
  headings: readonly string[] | null,
  cells: readonly string[],
): { readonly section: Section } | { readonly refusal: Refusal } {
  const columns = headings?.map(plain) ?? USUAL_COLUMNS;
  const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
  const pointId = cell('identifiant prm');
  if (!/^\d{14}$/.test(pointId)) {
    return refuse(
      'Identifiant PRM',
      `"${pointId}" is no PRM`,
      'A PRM has 14 digits; a spreadsheet may have cut its leading zero.',
    );
  }
  const type = typeOf(cell('type de donnees'));
  if (type === null) {
    return refuse(
      'Type de donnees',
      `sections of type "${cell('type de donnees')}" are not known`,
      'Load curves, indexes and daily maximum powers are read.',
    );
  }
  const physical = plain(cell('grandeur physique'));
  if (physical.includes('reactive') || physical.includes('tension')) {
    return refuse(
      'Grandeur physique',
      `${cell('grandeur physique')} is not kept`,
      'Nothing needs to be done: only active energy is.',
    );
  }
  const unit = plain(cell('unite'));
  if (!UNITS[type].includes(unit)) {
    return refuse(
      'Unite',
      `"${cell('unite')}" is no unit of a ${type}`,
      `Expected ${UNITS[type].filter(Boolean).join(', ')}.`,
    );
  }
  const business = plain(cell('grandeur metier'));
  if (!['', 'consommation', 'production', 'soutirage', 'injection'].includes(business)) {
    return refuse(
      'Grandeur metier',
      `"${cell('grandeur metier')}" is neither Consommation nor Production`,
      'Ask Enedis for one of them.',
    );
  }
  const minutes = wholeNumber(cell('pas en minutes'), 0);
  return {
    section: {
      pointId,
      type,
      quantity: ['production', 'injection'].includes(business)
        ? 'active_energy_export'
        : 'active_energy_import',
      quality: /corrig|best/.test(plain(cell('etape metier'))) ? 'final' : 'measured',
      unit,
      step_ms: minutes === null || minutes === 0 ? null : minutes * 60_000,
      name: `${type} of ${pointId}`,
    },
  };
}

/** An empty unit is that of SGE's documentation: W, Wh, VA. */
const UNITS: Readonly<Record<SectionType, readonly string[]>> = {
  'load curve': ['w', 'kw', ''],
  index: ['wh', 'kwh', ''],
  'maximum power': ['va', 'kva', 'w', 'kw', ''],
};

/** Powers of ten between a section's unit and its base unit. */
export const powerOf = (unit: string) => (unit.startsWith('k') ? 3 : 0);

const refuse = (column: string, reason: string, remedy: string) => ({ refusal: { column, reason, remedy } });
