/** A terminal's Ctrl-C may arrive twice: from the terminal, and handed on by npm. */
const SAME_SIGNAL_MS = 1000;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Ctrl-C: the first ends what can be ended gently, the next one leaves. */
export class Interrupts {
  readonly #leave: () => Promise<void>;
  #gently: (() => void) | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  readonly #onSignal = () => {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs < SAME_SIGNAL_MS) return;
    this.#lastMs = nowMs;
    const gently = this.#gently;
    this.#gently = undefined;
    if (gently !== undefined) gently();
    else void this.#leave().finally(() => process.exit(130));
  };

  /** @param leave stops what was started, so that nothing is left behind. */
  constructor(leave: () => Promise<void>) {
    this.#leave = leave;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** While `work` runs, the first signal calls `end` and no more. */
  async during<T>(end: () => void, work: () => Promise<T>): Promise<T> {
    this.#gently = end;
    try {
      return await work();
    } finally {
      this.#gently = undefined;
    }
  }

  stop(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}
