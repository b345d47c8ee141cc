#!/usr/bin/env node
import { messageOf, VeilleurError } from '@veilleur/domain';
import { ConfigError, languageOf, runUntilSignal } from '@veilleur/runtime';
import { readStackConfig } from './config.ts';
import { showProgress, welcome } from './screen.ts';
import { startStack } from './stack.ts';

/**
 * Starts everything, says where to look, shows what comes, and stops on Ctrl-C.
 *
 * @returns The exit status: 0 after a clean stop, 1 when something could not start, 2 for a
 *   configuration that is not usable.
 */
export async function main(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const language = languageOf(environment);
  const print = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const config = readStackConfig(environment);
    await runUntilSignal(async () => {
      const stack = await startStack(config, (line) => print(`  ${line}`));
      for (const line of welcome(stack, language)) print(line);
      const stopShowing = showProgress(stack, language, print);
      return {
        stop: async () => {
          stopShowing();
          await stack.stop();
        },
      };
    });
    return 0;
  } catch (thrown) {
    if (thrown instanceof ConfigError) {
      process.stderr.write(`veilleur: ${thrown.message}\n`);
      return 2;
    }
    if (!(thrown instanceof VeilleurError)) throw thrown;
    process.stderr.write(`veilleur: ${messageOf(thrown)}. ${thrown.remedy ?? ''}\n`);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.env);
