import { setTimeout as delay } from 'node:timers/promises';
import {
  type GeneratorProgress,
  type GeneratorResult,
  type Order,
  startGenerator,
} from '@veilleur/simulators';
import type { Interrupts } from './simulate-interrupt.ts';
import type { Pipeline } from './simulate-pipeline.ts';
import type { StoredWatch } from './simulate-progress.ts';
import type { Screen } from './simulate-screen.ts';

const LOOK_EVERY_MS = 250;
/** A pipeline that has stored nothing new for so long has come to rest. */
const REST_MS = 10_000;
/** What is there already shows no progress, and nothing depends on its coming again. */
const REPETITION_REST_MS = 2000;

/** Runs the generator to its end, tells it what is stored, and shows both. */
export async function publish(
  order: Order,
  watch: StoredWatch | null,
  screen: Screen,
  interrupts: Interrupts,
  onLook: (progress: GeneratorProgress, stored: number) => void = () => {},
) {
  const startMs = performance.now();
  let last: GeneratorProgress | undefined;
  const generator = startGenerator(order, {
    progress: (progress, probes) => {
      last = progress;
      watch?.add(probes);
    },
    trouble: (message) => screen.say(message),
  });
  const end = () => {
    screen.say(screen.words.stopping);
    generator.stop();
  };
  let isRunning = true;
  const result = generator.finished.finally(() => {
    isRunning = false;
  });
  // Awaited below; until then its failure ends the loop.
  result.catch(() => {});
  return interrupts.during(end, async () => {
    while (isRunning) {
      await Promise.race([delay(LOOK_EVERY_MS), result]);
      await watch?.look();
      const stored = watch?.stored ?? null;
      generator.stored(stored);
      if (last !== undefined && stored !== null) onLook(last, stored);
      if (last !== undefined) screen.show(last, stored, watch?.latency() ?? null);
    }
    return {
      result: await result,
      latency: () => watch?.latency() ?? null,
      stored: () => watch?.stored ?? null,
      storedSeconds: () => Math.max(0, (watch?.lastStoredMs ?? 0) - startMs) / 1000,
    };
  });
}

/** Until everything that was published is stored, or nothing more comes. */
export async function settle(
  pipeline: Pipeline,
  watch: StoredWatch | null,
  { progress }: GeneratorResult,
  screen: Screen,
  isRepetition: boolean,
): Promise<void> {
  if (watch === null || watch.stored === null) return;
  const restMs = isRepetition ? REPETITION_REST_MS : REST_MS;
  let restingSinceMs = performance.now();
  let before = -1;
  for (;;) {
    await watch.look();
    const counts = pipeline.counts?.();
    const handled = counts === undefined ? watch.stored : counts.received - counts.inFlight;
    screen.show(progress, watch.stored, watch.latency());
    const isDone =
      counts === undefined
        ? !isRepetition && watch.stored >= progress.fresh
        : counts.inFlight === 0 && counts.received >= progress.counts.acknowledged;
    if (isDone) return;
    if (handled !== before) {
      before = handled;
      restingSinceMs = performance.now();
    } else if (performance.now() - restingSinceMs > restMs) return;
    await delay(LOOK_EVERY_MS);
  }
}
