/** Of a quarter that does not exist. */
const STREETS = [
  'rue de la Paix',
  'place du Marché',
  'quai du Moulin',
  'allée des Tilleuls',
  'rue des Tisserands',
  'chemin des Vignes',
  'rue du Lavoir',
  'impasse des Cigognes',
] as const;

export interface Door {
  /** Such as `rue-de-la-Paix-12`: another for each number. */
  readonly id: string;
  readonly street: string;
}

/** The number-th door: one street after the other, then the next door of each. */
export function doorOf(number: number): Door {
  const street = STREETS[number % STREETS.length] ?? STREETS[0];
  return { id: `${street.replaceAll(' ', '-')}-${1 + Math.floor(number / STREETS.length)}`, street };
}
