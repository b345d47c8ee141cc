import type { z } from 'zod';
import type { Place, YamlText } from './yaml-text.ts';

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

const fieldOf = (path: readonly PropertyKey[]) => path.map(String).join('.');
