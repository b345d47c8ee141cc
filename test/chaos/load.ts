import type { Expectation, Piece } from './material.ts';
import type { Publisher } from './publisher.ts';

const TICK_MS = 10;

/** Things that happen at a steady rate until told to end; what falls behind is made up for. */
export class Load {
  readonly expectations: Expectation[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param material The n-th thing that happens. It may say when: `startMs` is the moment of the first. */
  constructor(
    publisher: Publisher,
    { material, startMs, perSecond }: { material: (n: number) => Piece; startMs: number; perSecond: number },
  ) {
    this.#timer = setInterval(() => {
      const due = ((Date.now() - startMs) / 1000) * perSecond;
      for (let n = this.expectations.length; n < due; n += 1) {
        const { messages, expected } = material(n);
        this.expectations.push(expected);
        for (const message of messages) publisher.publish(message);
      }
    }, TICK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
