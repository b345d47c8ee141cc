import { afterEach } from 'vitest';

/** What each story of this suite started, to be ended after it: the last first. */
export function endingsAfterEach(): (() => Promise<unknown>)[] {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });
  return endings;
}
