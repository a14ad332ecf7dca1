import type { CommanderError } from 'commander';
import { type Failure, refusal } from '../errors.ts';
import { nearNames } from '../text.ts';
import { COMMANDS } from './command-table.ts';

/** Commander's error with a next step: our equivalent of another tool's word, a similar word, or where to find help. */
export function usageError(error: CommanderError, program: string, words: readonly string[]): Failure {
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const command = [words[0], ...words].find((word) => COMMANDS.some(({ name }) => name === word));
  const [, kind, word = ''] = /^unknown (option|command) '(.*)'$/.exec(message) ?? [];
  const habit = kind === 'option' ? optionHabit(word, program, command) : commandHabit(word, program);
  const help = habit ?? similar(word, suggestion) ?? helpHint(error.code, program, command, words);
  return refusal({ message, help }, error);
}

/** Commander's suggestions, if close enough to the word. */
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
    return `Loop over the files; with a snapshot (--inventory), AWS is read only once. See ${where}`;
  if (isExcess && FROM_MAP.includes(words[0] ?? '')) return `Use --from FILE. See ${where}`;
  return `See ${where}`;
}

/** Options of kubectl, sed or terraform that users may try, with what to do instead. */
const HABITS: readonly { readonly options: readonly string[]; readonly help: HabitHelp }[] = [
  {
    options: ['-n', '--namespace', '-A', '--all-namespaces'],
    help: () => 'Remove it: aws-auth is always in kube-system.',
  },
  { options: ['-l', '--selector'], help: () => 'Remove it: a cluster has only one aws-auth.' },
  { options: ['--context', '--kubeconfig', '--server'], help: clusterHelp },
  { options: ['--dry-run'], help: dryRunHelp },
  {
    options: ['-o', '--output'],
    help: (_, command = '') =>
      ONE_FORMAT.includes(command) ? `Remove it: ${command} has only one format.` : undefined,
  },
  { options: ['-i', '--in-place', '--inplace'], help: inPlaceHelp },
  {
    options: ['--group', '--arn', '--role'],
    help: (program, command) =>
      command === 'explain'
        ? `Use --caller ARN or --user NAME. For a group's access, run \`${program} who --group NAME\`.`
        : undefined,
  },
  { options: ['-w', '--watch'], help: (program) => `Run \`${program} diff\` on a schedule instead.` },
  {
    options: ['-f', '--filename'],
    help: (program, command = program) =>
      FROM_MAP.includes(command)
        ? 'Use `--from FILE`.'
        : `${command} doesn't read a ConfigMap. Use \`-c FILE\` for a config, \`--inventory FILE\` for a snapshot.`,
  },
  {
    options: ['-k', '--kustomize'],
    help: (program, command = 'check') => `Pipe it in: kubectl kustomize DIR | ${program} ${command}`,
  },
];

/** Commands that read a ConfigMap only with --from. */
const FROM_MAP: readonly string[] = ['init', 'access-entries'];

/** Commands that don't read a ConfigMap. */
const WITHOUT_MAP: readonly string[] = ['generate', 'roles', 'snapshot', 'completion'];

/** Commands without -o. */
const ONE_FORMAT: readonly string[] = ['merge', 'snapshot', 'init', 'completion'];

type HabitHelp = (program: string, command: string | undefined) => string | undefined;

/** Help for another tool's option; undefined for any other word. */
function optionHabit(option: string, program: string, command: string | undefined): string | undefined {
  const [name = ''] = option.startsWith('--') ? option.split('=') : [option.slice(0, 2)];
  return HABITS.find(({ options }) => options.includes(name))?.help(program, command);
}

function clusterHelp(program: string, command = 'view'): string {
  const never = `${program} never talks to a cluster`;
  if (WITHOUT_MAP.includes(command)) return `Remove it: ${never}.`;
  const from = FROM_MAP.includes(command) ? ' --from -' : '';
  return `${never}: pipe the ConfigMap in.\nkubectl --context CONTEXT get configmap aws-auth -n kube-system -o yaml | ${program} ${command}${from}`;
}

function dryRunHelp(program: string, command = 'merge'): string {
  switch (command) {
    case 'merge':
      return `Use \`${program} diff\`: it shows what merge would change.`;
    case 'check':
      return 'Remove it: check edits files only with --write.';
    case 'init':
      return 'Use `-c -`: it prints the config.';
    default:
      return `Remove it: ${command} changes nothing.`;
  }
}

function inPlaceHelp(_: string, command = 'merge'): string {
  switch (command) {
    case 'merge':
      return 'Use `--write`: it edits FILE in place.';
    case 'check':
      return 'Use `--fix --write`: it edits FILE in place.';
    default:
      return `Remove it: ${command} doesn't change files.`;
  }
}

/** Commands of other tools, with their equivalent here. */
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
      `\`${program} explain\` shows whether a caller has access: use --aws for your current AWS identity, --caller ARN or --user NAME.`,
  },
  {
    words: ['apply', 'sync', 'update', 'patch', 'add', 'set', 'create', 'edit', 'replace'],
    help: (program) =>
      `${program} never talks to a cluster: merge the entries, then apply the result with kubectl.\nkubectl get configmap aws-auth -n kube-system -o yaml | ${program} merge | kubectl replace -f -`,
  },
  {
    words: ['delete', 'remove', 'rm', 'prune'],
    help: (program) => `\`${program} merge --prune\` removes unmapped entries.`,
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

/** Help for another tool's command; undefined for any other word. */
function commandHabit(word: string, program: string): string | undefined {
  return COMMAND_HABITS.find(({ words }) => words.includes(word.toLowerCase()))?.help(program);
}
