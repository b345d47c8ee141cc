import { excerpt } from './secret.ts';

/** A column of the import file, by the name that problems use. */
export type CsvColumn =
  | 'dev_eui'
  | 'join_eui'
  | 'app_key'
  | 'name'
  | 'description'
  | 'profile'
  | 'application'
  | 'latitude'
  | 'longitude'
  | 'metering_point'
  | 'tags';

/** Every column with the headers that mean it, French and English; case, accents and `_- ` don't count. */
const HEADERS: Readonly<Record<CsvColumn, readonly string[]>> = {
  dev_eui: ['dev_eui', 'device_eui', 'eui', 'identifiant_radio'],
  join_eui: ['join_eui', 'app_eui'],
  app_key: ['app_key', 'application_key', 'cle', 'cle_app', 'cle_application', 'cle_radio'],
  name: ['name', 'device_name', 'nom', 'libelle', 'designation'],
  description: ['description', 'comment', 'commentaire', 'remarque'],
  profile: ['profile', 'device_profile', 'profil', 'modele', 'model'],
  application: ['application', 'application_name', 'nom_application'],
  latitude: ['latitude', 'lat'],
  longitude: ['longitude', 'lon', 'lng', 'long'],
  metering_point: ['metering_point', 'point_de_comptage', 'point_de_mesure', 'point_de_livraison'],
  tags: ['tags', 'tag', 'etiquettes', 'etiquette'],
};

export const CSV_COLUMNS = Object.keys(HEADERS) as readonly CsvColumn[];

export const REQUIRED_COLUMNS = ['dev_eui', 'app_key', 'name', 'profile', 'application'] as const;

const BY_HEADER = new Map(
  CSV_COLUMNS.flatMap((column) => HEADERS[column].map((header) => [plain(header), column] as const)),
);

export interface RecognisedHeader {
  /** Where each column stands, counted from 0. */
  readonly positions: ReadonlyMap<CsvColumn, number>;
  /** Headers that mean nothing to us. Their cells are not read. */
  readonly ignored: readonly string[];
  readonly problems: readonly HeaderProblem[];
}

export interface HeaderProblem {
  readonly column: string;
  readonly message: string;
  readonly remedy: string;
}

const NO_HEADER: HeaderProblem = {
  column: 'header',
  message: 'the first line names no column',
  remedy: `Let it name them: ${CSV_COLUMNS.join(', ')}. Needed are ${REQUIRED_COLUMNS.join(', ')}.`,
};

/** Finds the columns in the first line. `given` are columns that have a default and may be absent. */
export function recogniseHeader(cells: readonly string[], given: readonly CsvColumn[]): RecognisedHeader {
  const positions = new Map<CsvColumn, number>();
  const ignored: string[] = [];
  const problems: HeaderProblem[] = [];
  for (const [position, cell] of cells.entries()) {
    const column = BY_HEADER.get(plain(cell));
    if (column === undefined) {
      const meant = misspelt(cell);
      if (meant === undefined) ignored.push(excerpt(cell));
      else problems.push(misspeltProblem(cell, meant));
    } else if (positions.has(column)) {
      problems.push({
        column,
        message: `two columns mean ${column}: "${cells[positions.get(column) ?? 0]}" and "${excerpt(cell)}"`,
        remedy: 'Rename or remove one of them.',
      });
    } else {
      positions.set(column, position);
    }
  }
  if (positions.size === 0 && problems.length === 0) return { positions, ignored: [], problems: [NO_HEADER] };
  for (const column of REQUIRED_COLUMNS) {
    const coming = problems.some((problem) => problem.column === column);
    if (positions.has(column) || given.includes(column) || coming) continue;
    problems.push({
      column,
      message: `the column ${column} is missing`,
      remedy: `Add it to the first line, as one of: ${HEADERS[column].join(', ')}.`,
    });
  }
  return { positions, ignored: ignored.filter((header) => header !== ''), problems };
}

/** A misspelt optional column must not vanish without a word: its values would be lost. */
function misspeltProblem(header: string, meant: CsvColumn): HeaderProblem {
  return {
    column: meant,
    message: `the header "${excerpt(header)}" is not known; ${meant} is`,
    remedy: `Write ${meant}, or another name if the column is something else.`,
  };
}

function misspelt(header: string): CsvColumn | undefined {
  const word = plain(header);
  if (word.length < 4) return undefined;
  for (const [known, column] of BY_HEADER) {
    if (known.length >= 4 && differByOne(word, known)) return column;
  }
  return undefined;
}

/** One letter more, less or other, or two neighbours swapped. */
function differByOne(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const tail = (text: string, skipped: number) => text.slice(start + skipped);
  return (
    tail(a, 1) === tail(b, 1) ||
    tail(a, 1) === tail(b, 0) ||
    tail(a, 0) === tail(b, 1) ||
    (a[start] === b[start + 1] && a[start + 1] === b[start] && tail(a, 2) === tail(b, 2))
  );
}

function plain(header: string): string {
  return header
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[\s_\-.']/g, '');
}
