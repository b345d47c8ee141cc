import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VeilleurError } from '@veilleur/domain';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Scenario, scenarioSchema } from './scenario.ts';

/** The scenarios that come along. */
export const SCENARIOS = fileURLToPath(new URL('../../scenarios/', import.meta.url));

/** Of a scenario that comes along, by name; or of a file. */
export function scenarioPath(nameOrFile: string): string {
  return /\.ya?ml$/.test(nameOrFile) ? resolve(nameOrFile) : `${SCENARIOS}${nameOrFile}.yaml`;
}

/** Of all scenarios that come along, in order. */
export async function shippedScenarios(): Promise<Scenario[]> {
  const files = (await readdir(SCENARIOS)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(files.map((file) => loadScenario(file.replace('.yaml', ''))));
}

/**
 * Reads a scenario by its name or from a file.
 *
 * @throws VeilleurError `scenario_not_found`; `scenario_invalid` that names file, line and column of
 *   everything that is wrong.
 */
export async function loadScenario(nameOrFile: string): Promise<Scenario> {
  const path = scenarioPath(nameOrFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new VeilleurError('scenario_not_found', `there is no scenario ${nameOrFile}`, {
      remedy: 'veilleur simulate list shows those that come along; a file of yours ends in .yaml.',
      cause,
    });
  }
  return parseScenario(text, nameOrFile);
}

/** @throws VeilleurError `scenario_invalid` */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(({ pos, message }) => `${at(pos[0])} ${message}`));
  }
  const parsed = scenarioSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.map((issue) => {
      const path = pathOf(issue);
      return `${at(offsetOf(document, path))} ${path.join('.') || 'scenario'}: ${issue.message}`;
    }),
  );
}

/** Of an unknown key, the key itself. */
function pathOf(issue: z.core.$ZodIssue): PropertyKey[] {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return [...issue.path, ...unknown];
}

/** Where a path, or the nearest part of it that is written down, begins. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function invalid(problems: readonly string[]): VeilleurError {
  return new VeilleurError('scenario_invalid', `the scenario can't be run:\n  ${problems.join('\n  ')}`, {
    remedy:
      'simulators/scenarios/scenario.schema.json describes every field; the shipped scenarios are examples.',
  });
}
