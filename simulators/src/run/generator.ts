import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { VeilleurError } from '@veilleur/domain';
import type {
  FromGenerator,
  GeneratorProgress,
  GeneratorResult,
  Order,
  Probe,
  ToGenerator,
} from './generator-messages.ts';

export interface GeneratorListener {
  progress(progress: GeneratorProgress, probes: readonly Probe[]): void;
  /** The broker went away, for example. It goes on. */
  trouble(message: string): void;
}

/** A generator that runs in a process of its own, so that it does not slow down what it measures. */
export interface Generator {
  readonly finished: Promise<GeneratorResult>;
  /** How many new frames and events are stored; null: it can't be told any more. */
  stored(count: number | null): void;
  /** Ends it: what is under way is waited for a few seconds. */
  stop(): void;
}

const ENDS_WITHIN_MS = 10_000;

/** @throws VeilleurError through `finished`: whatever the generator met, and `generator_died`. */
export function startGenerator(order: Order, listener: GeneratorListener): Generator {
  const child = fork(new URL('generator-process.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  });
  const tell = (message: ToGenerator) => {
    if (child.connected) child.send(message);
  };
  const finished = untilEnded(child, listener);
  finished.catch(() => {});
  tell({ kind: 'run', order });
  return {
    finished,
    stored: (count) => tell({ kind: 'stored', count }),
    stop: () => tell({ kind: 'stop' }),
  };
}

async function untilEnded(child: ChildProcess, listener: GeneratorListener): Promise<GeneratorResult> {
  try {
    return await resultOf(child, listener);
  } finally {
    await end(child);
  }
}

function resultOf(child: ChildProcess, listener: GeneratorListener): Promise<GeneratorResult> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromGenerator) => {
      switch (message.kind) {
        case 'progress':
          listener.progress(message.progress, message.probes);
          break;
        case 'trouble':
          listener.trouble(message.message);
          break;
        case 'done':
          resolve(message.result);
          break;
        case 'failed':
          reject(
            new VeilleurError(
              message.code,
              message.message,
              message.remedy === undefined ? {} : { remedy: message.remedy },
            ),
          );
          break;
      }
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(
        new VeilleurError('generator_died', `the generator ended with ${signal ?? `status ${code}`}`, {
          remedy: 'Was there enough memory? A million devices take some 2 GB.',
        }),
      ),
    );
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}
