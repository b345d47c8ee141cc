type WithoutUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * A copy without the keys whose value is undefined: under `exactOptionalPropertyTypes`, "not known"
 * is an absent key, and the servers leave out a great many.
 */
export function withoutUndefined<T extends object>(object: T): WithoutUndefined<T> {
  const known: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined) known[key] = value;
  }
  return known as WithoutUndefined<T>;
}
