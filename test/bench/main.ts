import { Command, Option } from 'commander';
import { hasMosquitto } from '../support/brokers.ts';
import { measureAcknowledge } from './acknowledge-bench.ts';
import { measureBridge } from './bridge-bench.ts';
import { measureProfiles } from './profiles-bench.ts';
import { measureSandbox } from './sandbox-bench.ts';

/** Stated goals; exit status 1 when one is missed or something was lost. */
const GOALS = { sandboxDecodesPerSecond: 8000 };

const program = new Command('bench')
  .description('what this machine does a second: sandboxed and in-process decodes, and the bridge end to end')
  .option('--json', 'one JSON object')
  .addOption(new Option('--seed <n>', 'of the fleet').argParser(Number).default(1))
  .addHelpText('after', '\nExample:\n  npm run bench -- --json --seed 7')
  .parse();
const { json, seed } = program.opts<{ json?: boolean; seed: number }>();
const say = (line: string) => process.stderr.write(`${line}\n`);

say('sandbox ...');
const sandbox = await measureSandbox();
say('profiles ...');
const profiles = await measureProfiles();
say('bridge ...');
const bridge = await measureBridge(seed);

say('ways to acknowledge ...');
const acknowledge = hasMosquitto ? await measureAcknowledge() : [];

const missed = [
  ...(sandbox.oneCodec < GOALS.sandboxDecodesPerSecond ? [`sandbox: ${sandbox.oneCodec} decodes/s`] : []),
  ...bridge.flatMap(({ engine, lost }) => (lost === 0 ? [] : [`${engine}: ${lost} frames lost`])),
];
const report = { seed, sandbox, profiles, bridge, acknowledge, missed };
process.stdout.write(`${JSON.stringify(report, null, json ? undefined : 2)}\n`);
process.exitCode = missed.length === 0 ? 0 : 1;
