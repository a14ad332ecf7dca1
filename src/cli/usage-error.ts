import type { CommanderError } from 'commander';
import { type Failure, refusal } from '../errors.ts';
import { nearNames } from '../text.ts';
import { COMMANDS } from './command-table.ts';

/** What commander says, and as the next step what another tool's word is called here, a similar word, else where the help is. */
export function usageError(error: CommanderError, program: string, words: readonly string[]): Failure {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const command = [words[0], ...words].find((word) => COMMANDS.some(({ name }) => name === word));
  const [, kind, word = ''] = /^unknown (option|command) '(.*)'$/.exec(message) ?? [];
  const habit = kind === 'option' ? optionHabit(word, program, command) : commandHabit(word, program);
  const help = habit ?? similar(word, suggestion) ?? helpHint(error.code, program, command, words);
  return refusal({ message, help }, error);
}

/** Those of commander's suggestions that are near enough to be meant. */
function similar(word: string, suggestion = ''): string | undefined {
  const [, names] = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(suggestion) ?? [];
  const bare = (name: string) => name.replace(/^-+/, '');
  const near = names?.split(', ').filter((name) => nearNames(bare(word), [bare(name)]).length > 0) ?? [];
  return near.length === 0 ? undefined : `Did you mean ${near.join(' or ')}?`;
}

/** Options whose value may be a glob. */
const GLOB_OPTIONS = ['--account', '--exclude-account', '--permission-set', '--skip-unreadable'];

function helpHint(
  code: string,
  program: string,
  command: string | undefined,
  words: readonly string[],
): string {
  const where = `\`${command === undefined ? program : `${program} ${command}`} --help\`.`;
  if (command !== undefined && words[0] !== command) return `Options follow the command: see ${where}`;
  // The shell expanded a glob that was meant for this program.
  const isExcess = code === 'commander.excessArguments';
  const globbed = isExcess && GLOB_OPTIONS.find((option) => words.includes(option));
  if (globbed) return `Quote globs, as in ${globbed} 'prod-*'. See ${where}`;
  if (isExcess && ['merge', 'diff'].includes(words[0] ?? ''))
    return `Run it for each file, in a loop; with a snapshot (--inventory) AWS is read once. See ${where}`;
  if (isExcess && FROM_MAP.includes(words[0] ?? '')) return `Use --from FILE. See ${where}`;
  return `See ${where}`;
}

/** Options that a user of kubectl, sed or terraform may try, and that no command has, with what to do instead. */
const HABITS: readonly { readonly options: readonly string[]; readonly help: HabitHelp }[] = [
  {
    options: ['-n', '--namespace', '-A', '--all-namespaces'],
    help: () => 'aws-auth is always in kube-system: leave it out.',
  },
  { options: ['-l', '--selector'], help: () => 'A cluster has one aws-auth: leave it out.' },
  { options: ['--context', '--kubeconfig', '--server'], help: clusterHelp },
  { options: ['--dry-run'], help: dryRunHelp },
  {
    options: ['-o', '--output'],
    help: (_, command = '') =>
      ONE_FORMAT.includes(command) ? `${command} has one format: leave it out.` : undefined,
  },
  { options: ['-i', '--in-place', '--inplace'], help: inPlaceHelp },
  {
    options: ['--user', '--group', '--arn', '--role'],
    help: (program, command) =>
      command === 'explain'
        ? `explain takes the caller's ARN, as --caller ARN. \`${program} who\` shows what a user or group has, with --user and --group.`
        : undefined,
  },
  { options: ['-w', '--watch'], help: (program) => `It reads once; run \`${program} diff\` on a schedule.` },
  {
    options: ['-f', '--filename'],
    help: (program, command = program) =>
      FROM_MAP.includes(command)
        ? 'Use `--from FILE`.'
        : `${command} reads no ConfigMap. A config is \`-c FILE\`, a snapshot \`--inventory FILE\`.`,
  },
  {
    options: ['-k', '--kustomize'],
    help: (program, command = 'check') => `Pipe it in: kubectl kustomize DIR | ${program} ${command}`,
  },
];

/** Commands that read a ConfigMap only if they are told to. */
const FROM_MAP: readonly string[] = ['init', 'access-entries'];

/** Commands that read no ConfigMap. */
const WITHOUT_MAP: readonly string[] = ['generate', 'roles', 'snapshot', 'completion'];

/** Commands without formats. */
const ONE_FORMAT: readonly string[] = ['merge', 'snapshot', 'init', 'completion'];

type HabitHelp = (program: string, command: string | undefined) => string | undefined;

/** What to do instead of another tool's option; undefined where it is none. */
function optionHabit(option: string, program: string, command: string | undefined): string | undefined {
  const [name = ''] = option.startsWith('--') ? option.split('=') : [option.slice(0, 2)];
  return HABITS.find(({ options }) => options.includes(name))?.help(program, command);
}

function clusterHelp(program: string, command = 'view'): string {
  const never = `${program} never talks to a cluster`;
  if (WITHOUT_MAP.includes(command)) return `${never}: leave it out.`;
  const from = FROM_MAP.includes(command) ? ' --from -' : '';
  return `${never}: pipe the ConfigMap in.\nkubectl --context CONTEXT get configmap aws-auth -n kube-system -o yaml | ${program} ${command}${from}`;
}

function dryRunHelp(program: string, command = 'merge'): string {
  switch (command) {
    case 'merge':
      return `Use \`${program} diff\`: it shows what merge would change.`;
    case 'check':
      return 'check edits a file only with --write: leave it out.';
    case 'init':
      return 'Use `-c -`, which prints the config.';
    default:
      return `${command} changes nothing: leave it out.`;
  }
}

function inPlaceHelp(_: string, command = 'merge'): string {
  switch (command) {
    case 'merge':
      return 'Use `--write`, which edits FILE in place.';
    case 'check':
      return 'Use `--fix --write`, which edits FILE in place.';
    default:
      return `${command} changes no file: leave it out.`;
  }
}

/** Commands of other tools, with the one that does it here. */
const COMMAND_HABITS: readonly { readonly words: readonly string[]; readonly help: CommandHelp }[] = [
  { words: ['lint', 'validate', 'verify', 'test', 'doctor'], help: (program) => `Use \`${program} check\`.` },
  { words: ['fix', 'repair', 'fmt', 'format'], help: (program) => `Use \`${program} check --fix\`.` },
  { words: ['plan', 'preview', 'compare', 'drift'], help: (program) => `Use \`${program} diff\`.` },
  {
    words: ['list', 'ls'],
    help: (program) =>
      `\`${program} roles\` lists the permission sets in AWS, \`${program} view\` the entries of an aws-auth.`,
  },
  {
    words: ['get', 'show', 'describe', 'print', 'cat'],
    help: (program) =>
      `\`${program} view\` shows the entries of an aws-auth, \`${program} who\` who has access.`,
  },
  { words: ['audit', 'report', 'access', 'users'], help: (program) => `Use \`${program} who\`.` },
  {
    words: ['whoami', 'auth', 'can-i', 'why', 'trace'],
    help: (program) =>
      `\`${program} explain\` tells whether your current AWS identity has access, or another with --caller ARN.`,
  },
  {
    words: ['apply', 'sync', 'update', 'patch', 'add', 'set', 'create', 'edit', 'replace'],
    help: (program) =>
      `${program} never talks to a cluster: merge the entries, and let kubectl write them.\nkubectl get configmap aws-auth -n kube-system -o yaml | ${program} merge | kubectl replace -f -`,
  },
  {
    words: ['delete', 'remove', 'rm', 'prune'],
    help: (program) => `\`${program} merge --prune\` removes what no mapping wants.`,
  },
  {
    words: ['convert', 'migrate', 'translate', 'upgrade'],
    help: (program) => `Use \`${program} access-entries --from FILE\`.`,
  },
  {
    words: ['export', 'dump', 'scan', 'fetch', 'inventory'],
    help: (program) => `Use \`${program} snapshot\`.`,
  },
  { words: ['configure', 'config', 'setup', 'new'], help: (program) => `Use \`${program} init\`.` },
];

type CommandHelp = (program: string) => string;

/** Which command does what another tool's does; undefined where the word is none. */
function commandHabit(word: string, program: string): string | undefined {
  return COMMAND_HABITS.find(({ words }) => words.includes(word.toLowerCase()))?.help(program);
}
