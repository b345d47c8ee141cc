import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { cpuSecondsOfTree, residentMBOfTree } from './processes.ts';

let parent: ChildProcess | undefined;
afterEach(() => parent?.kill('SIGKILL'));

it.runIf(process.platform === 'linux')('looks at a process whose children end during the look', () => {
  parent = spawn('sh', ['-c', 'while :; do (: & : & : & wait); done'], { stdio: 'ignore' });
  const pid = parent.pid ?? 0;
  const untilMs = performance.now() + 500;
  let highestMB = 0;
  while (performance.now() < untilMs) {
    expect(cpuSecondsOfTree(pid)).toBeGreaterThanOrEqual(0);
    highestMB = Math.max(highestMB, residentMBOfTree(pid));
  }
  expect(highestMB).toBeGreaterThan(0);
});

it.runIf(process.platform === 'linux')('says so where the process itself is gone', () => {
  expect(() => cpuSecondsOfTree(2 ** 30)).toThrow('ENOENT');
});
