import type { Command } from 'commander';
import { checkCatalogueFolder, importCatalogueFolder } from './catalogues.ts';
import { checkProfiles, holdsProfiles } from './check-profiles.ts';
import type { Conclude, Environment } from './command.ts';
import { createOutput } from './output.ts';

/** `veilleur profile ...` and `veilleur catalogue ...` */
export function addProfileCommands(program: Command, _: Environment, conclude: Conclude): void {
  program
    .command('profile')
    .description('device profiles')
    .command('check')
    .description("run the real frames of profiles, or a public catalogue's examples, in the sandbox")
    .argument('<folder>', 'a profile, a folder of profiles, or a checkout of a public catalogue')
    .option('--json', 'one JSON object: {right, wrong, refused, codecs}')
    .addHelpText(
      'after',
      `
Examples:
  veilleur profile check device-profiles
  veilleur profile check device-profiles/axioma/qalcosonic-w1
  veilleur profile check ../lorawan-devices --json`,
    )
    .action(async (folder: string, options: { json?: boolean }) => {
      const output = createOutput(options.json ?? false);
      const check = (await holdsProfiles(folder)) ? checkProfiles : checkCatalogueFolder;
      conclude((await check(folder, output)) ? 0 : 1);
    });

  program
    .command('catalogue')
    .description('public catalogues of codecs')
    .command('import')
    .description('make profiles of a checkout of The Things Network, ChirpStack or a TS013 package')
    .argument('<folder>', 'the checkout, or one vendor of it')
    .requiredOption('--into <folder>', 'where the profiles go; name it in PROFILES_FOLDER afterwards')
    .option('--json', 'one JSON object at the end')
    .addHelpText(
      'after',
      `
The decoders stay as they are and run in the sandbox only. What you have changed is never overwritten.
The Things Network's repository may be used for your devices and not be passed on.

Example:
  veilleur catalogue import ../lorawan-devices/vendor/dragino --into my-profiles`,
    )
    .action(async (folder: string, options: { into: string; json?: boolean }) => {
      await importCatalogueFolder(folder, options.into, createOutput(options.json ?? false));
      conclude(0);
    });
}
