import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './bridge-under-test.ts';
import { freePort } from './brokers.ts';
import { REPOSITORY } from './repository.ts';

/** What a bridge's metrics page says. */
export interface MetricsPage {
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly quarantined: number;
  readonly inFlight: number;
  readonly connected: boolean;
}

/** A bridge as cities run it: a process of its own, `veilleur start bridge`. */
export interface BridgeProcess {
  readonly clientId: string;
  /** 0 while it does not run. */
  pid(): number;
  running(): boolean;
  /** Does nothing while it runs. */
  start(): void;
  /** Resolves when it is connected to the broker. */
  connected(timeoutMs?: number): Promise<void>;
  /** SIGKILL, and the end of it; no supervisor starts it again. */
  kill(): Promise<void>;
  /** SIGTERM, as a scale-in or an upgrade would; the exit status. */
  terminate(): Promise<number | null>;
  /** SIGSTOP and SIGCONT: a process that the machine has forgotten for a while. */
  pause(): void;
  resume(): void;
  /** Its clock is ahead of the machine's by this much, at once. */
  setClockAhead(ms: number): void;
  /** Null while it does not answer. */
  page(): Promise<MetricsPage | null>;
  /** How often it ended without being asked to, and was started again as a supervisor would. */
  restarts(): number;
}

export interface BridgeProcessOptions {
  readonly clientId: string;
  readonly databaseUrl: string;
  readonly brokerUrl: string;
  /** Holds its log and its clock. */
  readonly folder: string;
  readonly settings?: Readonly<Record<string, string>>;
}

const SUPERVISOR_DELAY_MS = 500;

export async function createBridgeProcess(options: BridgeProcessOptions): Promise<BridgeProcess> {
  const { clientId, databaseUrl, brokerUrl, folder, settings } = options;
  const metricsPort = await freePort();
  const clockFile = join(folder, `${clientId}.clock`);
  writeFileSync(clockFile, '0');
  let child: ChildProcess | undefined;
  let wanted = false;
  let restarts = 0;

  const launch = () => {
    const log = openSync(join(folder, `${clientId}.log`), 'a');
    const launched = spawn(
      process.execPath,
      [
        '--import',
        `${REPOSITORY}test/support/shifted-clock.ts`,
        `${REPOSITORY}services/cli/src/main.ts`,
        'start',
        'bridge',
      ],
      {
        stdio: ['ignore', log, log],
        env: {
          ...process.env,
          DATABASE_URL: databaseUrl,
          MQTT_URL: brokerUrl,
          MQTT_CLIENT_ID: clientId,
          BRIDGE_METRICS_PORT: String(metricsPort),
          SHIFTED_CLOCK_FILE: clockFile,
          ...settings,
        },
      },
    );
    closeSync(log);
    child = launched;
    launched.once('exit', () => {
      if (!wanted || child !== launched) return;
      restarts += 1;
      setTimeout(() => wanted && child === launched && launch(), SUPERVISOR_DELAY_MS);
    });
  };
  const alive = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    wanted = false;
    const ending = child;
    if (ending === undefined || !alive()) return ending?.exitCode ?? null;
    // A process that is stopped takes SIGTERM only when it goes on.
    ending.kill('SIGCONT');
    ending.kill(signal);
    if (alive()) await once(ending, 'exit');
    return ending.exitCode;
  };
  const page = async () => {
    try {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, {
        signal: AbortSignal.timeout(2000),
      });
      return readMetricsPage(await answer.text());
    } catch {
      return null;
    }
  };
  return {
    clientId,
    pid: () => child?.pid ?? 0,
    running: alive,
    start: () => {
      wanted = true;
      if (!alive()) launch();
    },
    connected: (timeoutMs = 30_000) =>
      until(
        async () => (await page())?.connected === true,
        timeoutMs,
        () => `${clientId} to be connected`,
      ),
    kill: async () => {
      await end('SIGKILL');
    },
    terminate: () => end('SIGTERM'),
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    setClockAhead: (ms) => writeFileSync(clockFile, String(ms)),
    page,
    restarts: () => restarts,
  };
}

function readMetricsPage(text: string): MetricsPage {
  const sum = (pattern: RegExp) =>
    Array.from(text.matchAll(pattern), ([, value]) => Number(value)).reduce(
      (total, value) => total + value,
      0,
    );
  const outcome = (name: string) =>
    sum(new RegExp(`^veilleur_bridge_committed_total\\{[^}]*outcome="${name}"[^}]*\\} (\\d+)$`, 'gm'));
  return {
    received: sum(/^veilleur_bridge_received_total (\d+)$/gm),
    stored: outcome('stored'),
    duplicate: outcome('duplicate'),
    quarantined: outcome('quarantined'),
    inFlight: sum(/^veilleur_bridge_in_flight (\d+)$/gm),
    connected: sum(/^veilleur_bridge_connected (\d+)$/gm) === 1,
  };
}
