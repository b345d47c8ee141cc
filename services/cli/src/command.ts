import type { Command } from 'commander';

/** Settings by name, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Is told the exit status: 0, or 1 where the answer is no. */
export type Conclude = (status: number) => void;

/** Adds commands to `veilleur`, or to one of its commands. */
export type AddCommands = (program: Command, environment: Environment, conclude: Conclude) => void;
