import type { z } from 'zod';
import { type Place, placeIn, type YamlText } from './yaml-text.ts';

/** One thing that does not fit a schema. */
export interface Complaint {
  readonly issue: z.core.$ZodIssue;
  /** Of what is wrong, as one writes it: `sources.0.operator`; empty: the whole text. */
  readonly field: string;
  readonly place: Place;
  /** What is wrong is that it is not there. */
  readonly isMissing: boolean;
  /** The name of a field that does not belong there. */
  readonly unknown: string | null;
}

/** What zod found wrong with a text, in its order; of fields that do not belong there, each by itself. */
export function complaintsOf(
  { has, placeOf, placeOfField }: Pick<YamlText, 'has' | 'placeOf' | 'placeOfField'>,
  { issues }: Pick<z.ZodError, 'issues'>,
): Complaint[] {
  return issues.flatMap((issue): Complaint[] => {
    const { path } = issue;
    if (issue.code !== 'unrecognized_keys') {
      const isMissing = path.length > 0 && !has(path);
      return [{ issue, field: fieldOf(path), place: placeOf(path), isMissing, unknown: null }];
    }
    return issue.keys.map((key) => ({
      issue,
      field: fieldOf([...path, key]),
      place: placeOfField(path, key),
      isMissing: false,
      unknown: key,
    }));
  });
}

/** What is no YAML in a text: `city.yaml:12:5: Missing closing "quote`, a line each. */
export function errorLines(file: string, { errors }: Pick<YamlText, 'errors'>): string[] {
  return errors.map(({ place, message }) => `${placeIn(file, place)}: ${message}`);
}

/** What is wrong with a part of a text: `city.yaml:12:5: sources.0.since: is missing`. */
export function lineAt(
  file: string,
  { placeOf }: Pick<YamlText, 'placeOf'>,
  path: readonly PropertyKey[],
  why: string,
): string {
  return `${placeIn(file, placeOf(path))}: ${fieldOf(path)}: ${why}`;
}

/** What does not fit a schema: `city.yaml:12:5: sources.0.since: is missing`, a line each. */
export function complaintLines(
  file: string,
  yaml: YamlText,
  error: Pick<z.ZodError, 'issues'>,
  whyOf: (complaint: Complaint) => string = plainWhy,
): string[] {
  return complaintsOf(yaml, error).map(
    (one) => `${placeIn(file, one.place)}: ${one.field || 'the file'}: ${whyOf(one)}`,
  );
}

/** In zod's words, but for a field that does not belong there. */
export function plainWhy({ unknown, issue }: Pick<Complaint, 'unknown' | 'issue'>): string {
  return unknown === null ? issue.message : 'there is no such field';
}

const fieldOf = (path: readonly PropertyKey[]) => path.map(String).join('.');
