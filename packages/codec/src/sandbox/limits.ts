/** What one codec may take. The defaults leave an ordinary codec (40 us, 150 KB, 1 KB) a wide margin. */
export interface SandboxLimits {
  /** Wall time of one call, kept by QuickJS's own interrupt handler. */
  readonly timeLimitMs: number;
  /**
   * How much longer the watchdog outside waits before it ends a thread that does not come back. On a busy
   * machine a thread may be late with its own time limit: ending it costs its whole batch another run.
   */
  readonly graceMs: number;
  /** The whole WASM memory of a worker: nothing a codec allocates can exceed it. */
  readonly memoryLimitMb: number;
  /** Contexts that a worker keeps, the least recently used one leaves first. */
  readonly maxContexts: number;
  readonly maxSourceChars: number;
  readonly maxInputChars: number;
  readonly maxOutputChars: number;
  readonly maxOutputDepth: number;
  readonly maxConsoleLines: number;
  readonly maxConsoleLineChars: number;
}

export const DEFAULT_LIMITS: SandboxLimits = {
  timeLimitMs: 100,
  graceMs: 300,
  memoryLimitMb: 64,
  maxContexts: 200,
  maxSourceChars: 1024 * 1024,
  maxInputChars: 512 * 1024,
  maxOutputChars: 256 * 1024,
  maxOutputDepth: 64,
  maxConsoleLines: 50,
  maxConsoleLineChars: 500,
};
