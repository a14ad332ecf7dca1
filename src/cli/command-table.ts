import type { Command } from 'commander';
import type { Run } from './command.ts';

/** A command as the help of the program lists it; the rest of it is loaded only where it runs, or explains itself. */
export interface ListedCommand {
  readonly name: string;
  /** The heading of the help that it is listed under. */
  readonly purpose: string;
  readonly summary: string;
  readonly load: () => Promise<(run: Run) => Command>;
}

/** The commands in the order of the help. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'generate',
    purpose: 'Write aws-auth',
    summary: 'print the desired entries as a new ConfigMap',
    load: async () => (await import('./commands/generate.ts')).generateCommand,
  },
  {
    name: 'merge',
    purpose: 'Write aws-auth',
    summary: 'merge the desired entries into a ConfigMap; other bytes stay',
    load: async () => (await import('./commands/merge.ts')).mergeCommand,
  },
  {
    name: 'diff',
    purpose: 'Write aws-auth',
    summary: 'show what merge would change; exit 1 if anything',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  {
    name: 'access-entries',
    purpose: 'Write access entries',
    summary: 'write the entries for the EKS API instead of aws-auth',
    load: async () => (await import('./commands/access-entries.ts')).accessEntriesCommand,
  },
  {
    name: 'check',
    purpose: 'Understand aws-auth',
    summary: 'check aws-auth ConfigMaps and optionally fix problems',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'view',
    purpose: 'Understand aws-auth',
    summary: 'show the entries as the authenticator loads them',
    load: async () => (await import('./commands/view.ts')).viewCommand,
  },
  {
    name: 'who',
    purpose: 'Understand aws-auth',
    summary: 'show which groups and users get which Kubernetes groups',
    load: async () => (await import('./commands/who.ts')).whoCommand,
  },
  {
    name: 'explain',
    purpose: 'Understand aws-auth',
    summary: 'explain whether a caller gets in, as whom, or why not',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    name: 'roles',
    purpose: 'Read AWS',
    summary: 'list permission sets, accounts and their roles',
    load: async () => (await import('./commands/roles.ts')).rolesCommand,
  },
  {
    name: 'snapshot',
    purpose: 'Read AWS',
    summary: 'print the inventory read from AWS as JSON, for --inventory',
    load: async () => (await import('./commands/snapshot.ts')).snapshotCommand,
  },
  {
    name: 'init',
    purpose: 'Set up',
    summary: 'write a commented starter config, from AWS or an aws-auth',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    name: 'completion',
    purpose: 'Set up',
    summary: 'print a completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
];
