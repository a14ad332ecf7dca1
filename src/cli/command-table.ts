import type { Command } from 'commander';
import type { Run } from './shell.ts';

/** A command as the help of the program lists it; the rest of it is loaded only where it runs, or explains itself. */
export interface ListedCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(run: Run) => Command>;
}

/** The commands in the order of the help. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'generate',
    summary: 'print the desired entries as a new ConfigMap',
    load: async () => (await import('./commands/generate.ts')).generateCommand,
  },
  {
    name: 'merge',
    summary: 'merge the desired entries into a ConfigMap; other bytes stay',
    load: async () => (await import('./commands/merge.ts')).mergeCommand,
  },
  {
    name: 'diff',
    summary: 'show what merge would change; exit 1 if anything',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  {
    name: 'check',
    summary: 'check an aws-auth ConfigMap and optionally fix problems',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'view',
    summary: 'show the entries as the authenticator loads them',
    load: async () => (await import('./commands/view.ts')).viewCommand,
  },
  {
    name: 'roles',
    summary: 'list permission set × account × role',
    load: async () => (await import('./commands/roles.ts')).rolesCommand,
  },
  {
    name: 'who',
    summary: 'show which groups and users get which Kubernetes groups',
    load: async () => (await import('./commands/who.ts')).whoCommand,
  },
  {
    name: 'explain',
    summary: 'explain whether a caller gets in, as whom, or why not',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    name: 'snapshot',
    summary: 'print the inventory read from AWS as JSON, for --inventory',
    load: async () => (await import('./commands/snapshot.ts')).snapshotCommand,
  },
  {
    name: 'init',
    summary: 'propose a commented starter config from what is found',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
];
