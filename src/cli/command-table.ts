import type { Command } from 'commander';
import type { Run } from './define-command.ts';

/** A command in the program's help; the rest is loaded only when it runs or prints its own help. */
export interface ListedCommand {
  readonly name: string;
  /** Heading in the help. */
  readonly purpose: string;
  readonly summary: string;
  readonly load: () => Promise<(run: Run) => Command>;
}

/** Commands in the order of the help. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'generate',
    purpose: 'Write aws-auth',
    summary: 'print mappings as a new ConfigMap',
    load: async () => (await import('./commands/generate.ts')).generateCommand,
  },
  {
    name: 'merge',
    purpose: 'Write aws-auth',
    summary: 'merge mappings into a ConfigMap; change no other bytes',
    load: async () => (await import('./commands/merge.ts')).mergeCommand,
  },
  {
    name: 'diff',
    purpose: 'Write aws-auth',
    summary: 'show what merge would change; exit 1 if anything differs',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  {
    name: 'access-entries',
    purpose: 'Write access entries',
    summary: 'write access entries from mappings or an aws-auth',
    load: async () => (await import('./commands/access-entries.ts')).accessEntriesCommand,
  },
  {
    name: 'bindings',
    purpose: 'Write bindings',
    summary: "print RoleBindings and ClusterRoleBindings for the mappings' groups",
    load: async () => (await import('./commands/bindings.ts')).bindingsCommand,
  },
  {
    name: 'check',
    purpose: 'Inspect access',
    summary: 'find problems in aws-auth ConfigMaps and optionally fix them',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'view',
    purpose: 'Inspect access',
    summary: 'show entries as the authenticator loads them',
    load: async () => (await import('./commands/view.ts')).viewCommand,
  },
  {
    name: 'who',
    purpose: 'Inspect access',
    summary: 'show who has access, and through what',
    load: async () => (await import('./commands/who.ts')).whoCommand,
  },
  {
    name: 'explain',
    purpose: 'Inspect access',
    summary: 'explain why a caller has access, or why not',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    name: 'roles',
    purpose: 'Read AWS',
    summary: 'list permission sets, accounts and roles',
    load: async () => (await import('./commands/roles.ts')).rolesCommand,
  },
  {
    name: 'snapshot',
    purpose: 'Read AWS',
    summary: 'print what is read from AWS as JSON, for --inventory',
    load: async () => (await import('./commands/snapshot.ts')).snapshotCommand,
  },
  {
    name: 'init',
    purpose: 'Set up',
    summary: 'write a starter config from AWS or an aws-auth',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    name: 'completion',
    purpose: 'Set up',
    summary: 'print a completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
];

export function isCommand(word: string): boolean {
  return COMMANDS.some(({ name }) => name === word);
}
