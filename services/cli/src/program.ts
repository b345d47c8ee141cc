import { Command } from 'commander';
import type { AddCommands, Conclude, Environment } from './command.ts';

/** Commands that live in one module. */
export interface Family {
  /** The first words of its commands. */
  readonly words: readonly string[];
  readonly load: () => Promise<AddCommands>;
}

/** In the order of the help. What a command needs is loaded when it is asked for: `veilleur decode` knows no database. */
export const FAMILIES: readonly Family[] = [
  { words: ['start'], load: async () => (await import('./start-command.ts')).addStartCommand },
  { words: ['decode'], load: async () => (await import('./decode-command.ts')).addDecodeCommand },
  {
    words: ['profile', 'catalogue'],
    load: async () => (await import('./profile-commands.ts')).addProfileCommands,
  },
  { words: ['redecode'], load: async () => (await import('./redecode-command.ts')).addRedecodeCommand },
  { words: ['device'], load: async () => (await import('./device-commands.ts')).addDeviceCommands },
  { words: ['point'], load: async () => (await import('./point-commands.ts')).addPointCommands },
  { words: ['site'], load: async () => (await import('./site-commands.ts')).addSiteCommands },
  { words: ['reference'], load: async () => (await import('./reference-commands.ts')).addReferenceCommands },
  { words: ['import'], load: async () => (await import('./import-command.ts')).addImportCommand },
  { words: ['jobs'], load: async () => (await import('./jobs-command.ts')).addJobsCommand },
  {
    words: ['consumption'],
    load: async () => (await import('./consumption-command.ts')).addConsumptionCommand,
  },
  { words: ['balance'], load: async () => (await import('./balance-command.ts')).addBalanceCommand },
  { words: ['rules'], load: async () => (await import('./rules-commands.ts')).addRulesCommands },
  { words: ['alerts'], load: async () => (await import('./alerts-commands.ts')).addAlertCommands },
  { words: ['key'], load: async () => (await import('./key-commands.ts')).addKeyCommands },
  { words: ['ledger'], load: async () => (await import('./ledger-command.ts')).addLedgerCommand },
  { words: ['simulate'], load: async () => (await import('./simulate-command.ts')).addSimulateCommand },
  { words: ['doctor'], load: async () => (await import('./doctor-command.ts')).addDoctorCommand },
  { words: ['grafana'], load: async () => (await import('./grafana-command.ts')).addGrafanaCommands },
  { words: ['bridge'], load: async () => (await import('./bridge-commands.ts')).addBridgeCommands },
  {
    words: ['backup', 'restore'],
    load: async () => (await import('./backup-commands.ts')).addBackupCommands,
  },
  { words: ['retention'], load: async () => (await import('./retention-command.ts')).addRetentionCommand },
  { words: ['data-model'], load: async () => (await import('./data-model-command.ts')).addDataModelCommand },
  { words: ['replay-events'], load: async () => (await import('./replay-command.ts')).addReplayCommand },
];

/**
 * The `veilleur` command, with what the first of the arguments asks for; with all there is where that is no
 * command, so that help and advice are complete.
 *
 * @param conclude is told the exit status: 0, or 1 where the answer is no.
 */
export async function createProgram(
  environment: Environment,
  conclude: Conclude,
  [word = '']: readonly string[],
): Promise<Command> {
  const program = new Command('veilleur')
    .description("Telemetry of a city's LoRaWAN streetlights and meters.")
    // The options of `import` are not those of `import pull`.
    .enablePositionalOptions()
    .showHelpAfterError('(veilleur --help shows the commands)')
    .exitOverride();
  const asked = FAMILIES.filter(({ words }) => words.includes(word));
  for (const { load } of asked.length > 0 ? asked : FAMILIES) (await load())(program, environment, conclude);
  return program;
}
