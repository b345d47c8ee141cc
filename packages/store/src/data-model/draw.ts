import { VeilleurError } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import { readTables, type Table } from './read-tables.ts';
import { ROOMS, type Room, VIEWS } from './rooms.ts';

const HEAD = `# Data model

Drawn from the schema, room by room: \`npx veilleur data-model > docs/data-model.md\` draws it again, and a test fails where this page is not true. \`packages/store/migrations\` has the schema with its reasons, one file a step.

Solid lines are foreign keys. Dotted ones mean the same, but the database does not hold rows to them: tables that grow with time have none. PK is the primary key, FK names a row of another table; a column with \`?\` may be null.`;

/**
 * The page that describes the schema, in Markdown with diagrams for Mermaid.
 *
 * @throws VeilleurError `table_undescribed` where a table has no sentence, or a sentence has no table.
 */
export async function drawDataModel(pool: Pool): Promise<string> {
  const tables = new Map((await readTables(pool)).map((table) => [table.name, table]));
  const described = new Set([...ROOMS.flatMap((room) => Object.keys(room.tables)), ...Object.keys(VIEWS)]);
  const odd = [...described.symmetricDifference(new Set(tables.keys()))];
  if (odd.length > 0) {
    throw new VeilleurError(
      'table_undescribed',
      `the schema and its description differ in ${odd.join(', ')}`,
      {
        remedy: 'Say in packages/store/src/data-model/rooms.ts what one row of each table is.',
      },
    );
  }
  const views = Object.entries(VIEWS).map(([name, sentence]) => [
    `\`${name}\``,
    sentence,
    tables
      .get(name)
      ?.columns.map((column) => column.name)
      .join(', ') ?? '',
  ]);
  return `${[
    HEAD,
    ...ROOMS.map((room) => drawRoom(room, tables)),
    `## Views\n\nFor people and dashboards: names instead of ids.\n\n${grid([['view', 'what it shows', 'columns'], ...views])}`,
  ].join('\n\n')}\n`;
}

function drawRoom({ title, about, tables: sentences }: Room, all: ReadonlyMap<string, Table>): string {
  const tables = Object.keys(sentences).map((name) => all.get(name) as Table);
  const rows = tables.map(({ name, timeColumn }) => [
    `\`${name}\``,
    sentences[name] ?? '',
    timeColumn === null ? '' : `\`${timeColumn}\``,
  ]);
  const edges = tables.flatMap(({ name, references }) =>
    references.map(
      ({ column, table, isEnforced }) => `  ${table} ${isEnforced ? '||--o{' : '||..o{'} ${name} : ${column}`,
    ),
  );
  return [
    `## ${title}`,
    about,
    grid([['table', 'a row is', 'in chunks by'], ...rows]),
    ['```mermaid', 'erDiagram', ...tables.flatMap(entity), ...edges, '```'].join('\n'),
  ].join('\n\n');
}

/** Mermaid takes one word for a type, and marks of its own for keys. */
const SHORT: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'timestamp with time zone[]': 'timestamptz[]',
  'double precision': 'float8',
};

function entity({ name, columns, references }: Table): string[] {
  const named = new Set(references.map(({ column }) => column));
  const lines = columns.map((column) => {
    const marks = [...(column.isKey ? ['PK'] : []), ...(named.has(column.name) ? ['FK'] : [])];
    const type = SHORT[column.type] ?? column.type;
    const nullable = column.isNullable ? ' "?"' : '';
    return `    ${type} ${column.name}${marks.length === 0 ? '' : ` ${marks.join(', ')}`}${nullable}`;
  });
  return [`  ${name} {`, ...lines, '  }'];
}

/** A table of Markdown, its columns aligned. */
function grid([head, ...rows]: readonly (readonly string[])[]): string {
  const all = [head ?? [], ...rows];
  const widths = (head ?? []).map((_, i) => Math.max(3, ...all.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head ?? []), rule, ...rows.map(line)].join('\n');
}
