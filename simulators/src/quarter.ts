import { ALL_NIGHT, type LightingProgram, OFF_IN_SMALL_HOURS } from './lighting-calendar.ts';
import type { Medium } from './model.ts';

export interface Sector {
  readonly id: string;
  readonly program: LightingProgram;
}

const CENTRE: Sector = { id: 'centre', program: ALL_NIGHT };
const CANAL: Sector = { id: 'canal', program: ALL_NIGHT };
const COTEAUX: Sector = { id: 'coteaux', program: OFF_IN_SMALL_HOURS };

export const SECTORS: readonly Sector[] = [CENTRE, CANAL, COTEAUX];

/** A quarter that does not exist. */
const STREETS: readonly { readonly name: string; readonly sector: Sector }[] = [
  { name: 'rue de la Paix', sector: CENTRE },
  { name: 'place du Marché', sector: CENTRE },
  { name: 'quai du Moulin', sector: CANAL },
  { name: 'allée des Tilleuls', sector: COTEAUX },
  { name: 'rue des Tisserands', sector: CENTRE },
  { name: 'chemin des Vignes', sector: COTEAUX },
  { name: 'rue du Lavoir', sector: CANAL },
  { name: 'impasse des Cigognes', sector: COTEAUX },
];

const NAME_PREFIX: Readonly<Record<Medium, string>> = {
  water: 'eau',
  gas: 'gaz',
  electricity: 'elec',
  lighting: 'lampe',
};

export interface Place {
  /** Such as `eau-rue-de-la-Paix-12`: unique in the fleet. */
  readonly deviceName: string;
  readonly street: string;
  readonly sector: Sector;
}

/** Where the number-th device of a medium stands: one street after the other, then the next door of each. */
export function placeOf(medium: Medium, number: number): Place {
  const street = STREETS[number % STREETS.length] ?? { name: 'rue de la Paix', sector: CENTRE };
  const door = 1 + Math.floor(number / STREETS.length);
  return {
    deviceName: `${NAME_PREFIX[medium]}-${street.name.replaceAll(' ', '-')}-${door}`,
    street: street.name,
    sector: street.sector,
  };
}
