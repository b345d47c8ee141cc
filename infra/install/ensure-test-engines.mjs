// Brings what the tests run against and npm does not have: TimescaleDB and the Mosquitto broker, from
// Debian's packages. It needs root on Debian or Ubuntu; elsewhere it says what the tests will lack.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const infra = join(dirname(fileURLToPath(import.meta.url)), '..');
/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`);

/** @param {string} command @param {string[]} args @param {Record<string, string>} [env] */
const run = (command, args, env) =>
  spawnSync(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } }).status === 0;

const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

function ensureMosquitto() {
  if (existsSync('/usr/sbin/mosquitto')) return;
  if (!canInstall) {
    say(
      'Mosquitto is not here and this user cannot install it (apt-get install mosquitto, as root): its tests will be skipped.',
    );
    return;
  }
  say('Installing Mosquitto, the broker that the tests run against ...');
  // Debian starts a service as it is installed; this one would take port 1883. Policy 101 forbids that.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    if (
      !run('apt-get', ['-qq', 'update'], env) ||
      !run('apt-get', ['-qq', '-y', 'install', 'mosquitto'], env)
    ) {
      say('Mosquitto could not be installed: its tests will be skipped.');
    }
  } finally {
    if (ours) rmSync(policy);
  }
}

function ensureTimescaleDb() {
  if (!canInstall) return;
  if (!run('bash', [join(infra, 'timescaledb', 'install.sh')])) {
    say('TimescaleDB could not be installed: the suites will run on embedded PostgreSQL alone.');
  }
}

ensureMosquitto();
ensureTimescaleDb();
