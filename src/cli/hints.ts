import type { CommanderError } from 'commander';
import { type Failure, refusal } from '../errors.ts';
import { isCommand } from './command-table.ts';

/** The next step for words that are natural to try, such as those of kubectl, sed or terraform. */
interface Hint {
  /** Unknown options or commands, as typed; or a pattern of commander's message. */
  readonly typed: readonly string[] | RegExp;
  /** The commands that it is for, with '' for a line without a command; if missing, any line. */
  readonly on?: readonly string[];
  /** Options; the line must have one of them. */
  readonly beside?: readonly string[];
  /** With PROGRAM for the program's name, and COMMAND for the command of the line. */
  readonly help: string;
}

/** Commands that read a ConfigMap from FILE, and no command. */
const WITH_FILE = ['', 'view', 'merge', 'diff', 'check', 'who', 'explain'];
/** Commands that read a ConfigMap with --from. */
const WITH_FROM = ['init', 'access-entries'];
/** Commands that read no ConfigMap. */
const WITHOUT_MAP = ['generate', 'roles', 'snapshot', 'completion', 'bindings'];
/** Commands that read a config, and no command. */
const WITH_CONFIG = [
  '',
  'merge',
  'diff',
  'check',
  'who',
  'explain',
  'generate',
  'roles',
  'snapshot',
  'access-entries',
];

const IN_CONFIG = 'in the config: ./aws-auth-sso.yaml, or the file after -c.';
const CONTEXT = ['--context', '--kubeconfig', '--server'];
const DRY_RUN = ['--dry-run'];
const IN_PLACE = ['-i', '--in-place', '--inplace'];
const FILE_NAME = ['-f', '--filename'];
const TOO_MANY = /^too many arguments/;
const PIPE =
  'PROGRAM never talks to a cluster: pipe the ConfigMap in.\nkubectl --context CONTEXT get configmap aws-auth -n kube-system -o yaml | PROGRAM COMMAND';

/** The first hint that fits counts. */
export const HINTS: readonly Hint[] = [
  // Options.
  {
    typed: ['--external-id', '--organizations-profile', '--sso-profile'],
    on: ['init'],
    help: 'Set `assumeRole.externalId`, `organizationsProfile` or `ssoProfile` in a config, and start from a snapshot:\nPROGRAM snapshot -c FILE > inventory.json && PROGRAM init -c NEW-FILE --inventory inventory.json',
  },
  { typed: ['--external-id'], on: WITH_CONFIG, help: `Set \`assumeRole.externalId\` ${IN_CONFIG}` },
  { typed: ['--organizations-profile'], on: WITH_CONFIG, help: `Set \`organizationsProfile\` ${IN_CONFIG}` },
  { typed: ['--sso-profile'], on: WITH_CONFIG, help: `Set \`ssoProfile\` ${IN_CONFIG}` },
  {
    typed: ['-n', '--namespace', '--map', '--role', '--group'],
    on: ['bindings'],
    help: 'Set it in a config, in `bind` of a mapping, and pass the config with -c.',
  },
  {
    typed: [
      '--account',
      '--ou',
      '--all-accounts',
      '--exclude-account',
      '--inventory',
      '--profile',
      '--region',
    ],
    on: ['bindings'],
    help: 'Remove it: bindings reads only the config.',
  },
  { typed: FILE_NAME, on: ['bindings'], help: 'Use `-c FILE`.' },
  {
    typed: ['-n', '--namespace', '-A', '--all-namespaces'],
    help: 'Remove it: aws-auth is always in kube-system.',
  },
  { typed: ['-l', '--selector'], help: 'Remove it: a cluster has only one aws-auth.' },
  { typed: CONTEXT, on: WITH_FILE, help: PIPE },
  { typed: CONTEXT, on: WITH_FROM, help: `${PIPE} --from -` },
  { typed: CONTEXT, on: WITHOUT_MAP, help: 'Remove it: PROGRAM never talks to a cluster.' },
  { typed: DRY_RUN, on: ['merge', ''], help: 'Use `PROGRAM diff`: it shows what merge would change.' },
  { typed: DRY_RUN, on: ['check'], help: 'Remove it: check edits files only with --write.' },
  { typed: DRY_RUN, on: ['init'], help: 'Use `-c -`: it prints the config.' },
  { typed: DRY_RUN, help: 'Remove it: COMMAND changes nothing.' },
  {
    typed: ['-o', '--output'],
    on: ['merge', 'snapshot', 'init', 'completion'],
    help: 'Remove it: COMMAND has only one format.',
  },
  { typed: IN_PLACE, on: ['merge', ''], help: 'Use `--write`: it edits FILE in place.' },
  { typed: IN_PLACE, on: ['check'], help: 'Use `--fix --write`: it edits FILE in place.' },
  { typed: IN_PLACE, help: "Remove it: COMMAND doesn't change files." },
  {
    typed: ['--group', '--arn', '--role'],
    on: ['explain'],
    help: "Use --caller ARN or --user NAME. For a group's access, run `PROGRAM who --group NAME`.",
  },
  { typed: ['-w', '--watch'], help: 'Run `PROGRAM diff` on a schedule instead.' },
  { typed: FILE_NAME, on: WITH_FROM, help: 'Use `--from FILE`.' },
  {
    typed: FILE_NAME,
    on: WITHOUT_MAP,
    help: "COMMAND doesn't read a ConfigMap. Use `-c FILE` for a config, `--inventory FILE` for a snapshot.",
  },
  { typed: ['-k', '--kustomize'], help: 'Pipe it in: kubectl kustomize DIR | PROGRAM COMMAND' },
  // Arguments.
  {
    typed: TOO_MANY,
    beside: ['--account', '--exclude-account', '--permission-set', '--skip-unreadable'],
    help: "Quote globs, as in --account 'prod-*'. See `PROGRAM COMMAND --help`.",
  },
  {
    typed: TOO_MANY,
    on: ['merge', 'diff'],
    help: 'Loop over the files; with a snapshot (--inventory), AWS is read only once. See `PROGRAM COMMAND --help`.',
  },
  { typed: TOO_MANY, on: WITH_FROM, help: 'Use --from FILE. See `PROGRAM COMMAND --help`.' },
  {
    typed: /argument 'shell'/,
    on: ['completion'],
    help: 'Use one of bash, zsh, fish, for example: source <(PROGRAM completion bash)',
  },
  // Commands.
  { typed: ['lint', 'validate', 'verify', 'test', 'doctor'], help: 'Use `PROGRAM check`.' },
  { typed: ['fix', 'repair', 'fmt', 'format'], help: 'Use `PROGRAM check --fix`.' },
  { typed: ['plan', 'preview', 'compare', 'drift'], help: 'Use `PROGRAM diff`.' },
  {
    typed: ['list', 'ls'],
    help: '`PROGRAM roles` lists the permission sets in AWS, `PROGRAM view` the entries of an aws-auth.',
  },
  {
    typed: ['get', 'show', 'describe', 'print', 'cat'],
    help: '`PROGRAM view` shows the entries of an aws-auth, `PROGRAM who` who has access.',
  },
  { typed: ['audit', 'report', 'access', 'users'], help: 'Use `PROGRAM who`.' },
  {
    typed: ['whoami', 'auth', 'can-i', 'why', 'trace'],
    help: '`PROGRAM explain` shows whether a caller has access: use --aws for your current AWS identity, --caller ARN or --user NAME.',
  },
  {
    typed: ['apply', 'sync', 'update', 'patch', 'add', 'set', 'create', 'edit', 'replace'],
    help: 'PROGRAM never talks to a cluster: merge the entries, then apply the result with kubectl.\nkubectl get configmap aws-auth -n kube-system -o yaml | PROGRAM merge | kubectl replace -f -',
  },
  {
    typed: ['delete', 'remove', 'rm', 'prune'],
    help: '`PROGRAM merge --prune` removes unmapped entries.',
  },
  {
    typed: ['convert', 'migrate', 'translate', 'upgrade'],
    help: 'Use `PROGRAM access-entries --from FILE`.',
  },
  { typed: ['export', 'dump', 'scan', 'fetch', 'inventory'], help: 'Use `PROGRAM snapshot`.' },
  { typed: ['configure', 'config', 'setup', 'new'], help: 'Use `PROGRAM init`.' },
];

/** Commander's message, with its suggestion on a second line. */
const MESSAGE = /^(?:error: )?(.*?)(?:\n\((Did you mean .*)\))?$/s;

/** Commander's error with a next step: a hint, a similar word, or where to find help. */
export function usageError(error: CommanderError, program: string, words: readonly string[]): Failure {
  const [, message = '', didYouMean] = MESSAGE.exec(error.message) ?? [];
  const command = words.find(isCommand);
  const where = `\`${command === undefined ? program : `${program} ${command}`} --help\`.`;
  const seeHelp =
    command === undefined || words[0] === command
      ? `See ${where}`
      : `Options follow the command: see ${where}`;
  const help = hintFor(message, program, command, words) ?? didYouMean ?? seeHelp;
  return refusal({ message, help }, error);
}

function hintFor(
  message: string,
  program: string,
  command: string | undefined,
  words: readonly string[],
): string | undefined {
  const [, word = ''] = /^unknown (?:option|command) '(.*)'$/s.exec(message) ?? [];
  // `--dry-run` for `--dry-run=client`, `-n` for `-nkube-system`, `lint` for `Lint`
  const option = word.startsWith('--') ? word.replace(/=.*/s, '') : word.slice(0, 2);
  const name = word.startsWith('-') ? option : word.toLowerCase();
  const hint = HINTS.find(
    ({ typed, on, beside }) =>
      (typed instanceof RegExp ? typed.test(message) : typed.includes(name)) &&
      (on?.includes(command ?? '') ?? true) &&
      (beside?.some((option) => words.includes(option)) ?? true),
  );
  return hint?.help.replaceAll('PROGRAM', program).replaceAll('COMMAND', command ?? 'COMMAND');
}
