/** Something that runs: what `start` of every service gives back. */
export interface Running {
  /** Ends it cleanly; a second call waits for the first. */
  stop(): Promise<void>;
}

/** A terminal's Ctrl-C may arrive twice: from the terminal, and handed on by npm. */
const SAME_SIGNAL_MS = 1000;

/**
 * Runs a program until SIGINT or SIGTERM, then stops it. A second signal ends the process at once; so
 * does a stop that hangs for longer than `stopTimeoutMs`.
 */
export async function runUntilSignal(
  start: () => Promise<Running>,
  { stopTimeoutMs = 30_000 }: { stopTimeoutMs?: number } = {},
): Promise<void> {
  let signalled: (() => void) | undefined;
  const signal = new Promise<void>((resolve) => {
    signalled = resolve;
  });
  let firstAtMs = 0;
  const onSignal = () => {
    if (signalled === undefined) {
      if (performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    firstAtMs = performance.now();
    signalled();
    signalled = undefined;
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const running = await start();
    await signal;
    const guard = setTimeout(() => process.exit(1), stopTimeoutMs);
    await running.stop();
    clearTimeout(guard);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
