/**
 * Hands a batch on in halves until each culprit stands alone. What goes through stays done; `attempt`
 * undoes by itself what it threw on.
 *
 * @returns The items that were refused by themselves, with what was thrown.
 * @throws What `isCulprit` does not blame on the items, at once.
 */
export async function isolate<T>(
  items: readonly T[],
  attempt: (items: readonly T[]) => Promise<void>,
  isCulprit: (thrown: unknown) => boolean,
): Promise<{ readonly item: T; readonly thrown: unknown }[]> {
  if (items.length === 0) return [];
  try {
    await attempt(items);
    return [];
  } catch (thrown) {
    if (!isCulprit(thrown)) throw thrown;
    const [item] = items;
    if (items.length === 1 && item !== undefined) return [{ item, thrown }];
    const middle = Math.ceil(items.length / 2);
    return [
      ...(await isolate(items.slice(0, middle), attempt, isCulprit)),
      ...(await isolate(items.slice(middle), attempt, isCulprit)),
    ];
  }
}
