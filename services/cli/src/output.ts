import { SingleBar } from 'cli-progress';

/** Where a command's answer goes: text for people, or one JSON object at the end for programs. */
export interface Output {
  readonly json: boolean;
  /** The answer, on standard output: `text` for people, `value` as JSON. */
  answer(value: unknown, text: string): void;
  progress(what: string, total: number): Progress;
}

export interface Progress {
  increment(by?: number): void;
  stop(): void;
}

/** A progress bar on standard error, and only where a person looks at it. */
export function createOutput(json: boolean): Output {
  return {
    json,
    answer: (value, text) => {
      process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
    },
    progress: (what, total) => {
      if (json || !process.stderr.isTTY) return { increment: () => {}, stop: () => {} };
      const bar = new SingleBar({
        format: `{bar} {percentage} %  {value} of {total} ${what}  {eta_formatted} left`,
        stream: process.stderr,
        hideCursor: true,
      });
      bar.start(total, 0);
      return { increment: (by = 1) => bar.increment(by), stop: () => bar.stop() };
    },
  };
}
