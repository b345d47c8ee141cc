import { messageOf, VeilleurError } from '@veilleur/domain';
import { ConfigError } from '@veilleur/runtime';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';

/** Exit status: 0, 1 (the answer is no, or it could not be done), 2 (usage). */
export async function run(): Promise<void> {
  try {
    const args = process.argv.slice(2);
    const conclude = (status: number) => {
      process.exitCode = status;
    };
    const program = await createProgram(process.env, conclude, args);
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      // Commander has said what is wrong; asking for help is no error.
      process.exitCode = thrown.exitCode === 0 ? 0 : 2;
    } else if (thrown instanceof ConfigError) {
      process.stderr.write(`veilleur: ${thrown.message}\n`);
      process.exitCode = 2;
    } else if (thrown instanceof VeilleurError) {
      process.stderr.write(`veilleur: ${messageOf(thrown)}. ${thrown.remedy ?? ''}\n`);
      process.exitCode = 1;
    } else {
      throw thrown;
    }
  }
}
