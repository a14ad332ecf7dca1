import { Help, type Option } from 'commander';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { GROUPS, HELP_ALL } from '../../src/cli/define-command.ts';
import { groupBy } from '../../src/group-by.ts';

const INTRODUCTION = `<!-- Generated: npx vitest run test/cli/commands-page.test.ts -u -->
# Commands and options

\`aws-auth-sso COMMAND --help\` adds examples, \`--help-all\` the [options that commands share](#shared-options). Options
with … are repeatable. Without FILE, commands that take one read stdin, except with \`--cluster\` and in \`snapshot\`.
\`-c\` defaults to ./aws-auth-sso.yaml, if it exists. \`kubectl aws-auth-sso\` is the same program.`;

/** Texts that the introduction replaces. */
const REPEATABLE = '; repeatable';
const DEFAULT_CONFIG = ' (default: ./aws-auth-sso.yaml if it exists)';

/** The page that shows a command at work. */
const PAGE_OF: Readonly<Record<string, string>> = {
  generate: 'merge.md#the-first-aws-auth',
  merge: 'merge.md',
  diff: 'drift.md',
  'access-entries': 'access-entries.md',
  bindings: 'bindings.md',
  check: 'rules.md',
  view: 'output.md#view',
  who: 'audit.md',
  explain: 'troubleshooting.md',
  roles: 'output.md#roles',
  snapshot: 'snapshots.md',
  init: 'getting-started.md',
  completion: '#shell-completion',
};

/** The page that explains a group of options. */
const SEE: Readonly<Record<string, string>> = {
  [GROUPS.rbac]: ' Export: [audit](audit.md).',
  [GROUPS.mapping]: ' Every selector: [config](config.md).',
  [GROUPS.accounts]: " Default: the config's [`accounts`](config.md#accounts).",
  [GROUPS.aws]: ' [AWS permissions](permissions.md), [snapshots](snapshots.md).',
  [GROUPS.safety]:
    '\nRefused by default: [merge](merge.md#what-is-refused), [groups and users](config.md#groups-and-users).',
};

const ENDING = `## Shell completion

Add this line to \`~/.bashrc\` (zsh: \`completion zsh\`, \`~/.zshrc\`). In fish, run \`aws-auth-sso completion fish | source\`.

    source <(aws-auth-sso completion bash)
`;

test('docs/commands.md has every command and option (npx vitest run test/cli/commands-page.test.ts -u writes it)', async () => {
  const commands = await Promise.all(COMMANDS.map(async ({ load }) => (await load())(async () => {})));
  const options = commands.flatMap((command) =>
    command.options
      .filter(({ hidden, long }) => !hidden && long !== HELP_ALL)
      .map((option) => ({ option, command: command.name() })),
  );
  const own = options.filter(({ option }) => option.helpGroupHeading === undefined);
  const groups = Object.values(GROUPS).map((group) => {
    const inGroup = options.filter(({ option }) => option.helpGroupHeading === group);
    return { group, title: group.replace(/ options:$/, ''), inGroup, takers: takersOf(inGroup) };
  });
  const page = [
    INTRODUCTION,
    ...COMMANDS.flatMap(({ name, summary }, index) => {
      const purpose = `[${summary[0]?.toUpperCase()}${summary.slice(1)}](${PAGE_OF[name]})`;
      const file = commands[index]?.usage().replace(/ ?\[options\] ?/, '');
      return [
        `## ${name}`,
        file ? `${purpose}: \`${name} ${file}\`` : `${purpose}.`,
        ...ownOptions(name, own),
      ];
    }),
    '## Shared options',
    ...groups.flatMap(({ group, title, inGroup, takers }) => [
      `### ${title}`,
      `For ${shortest(takers, NAMES, 'all but')}.${SEE[group] ?? ''}`,
      sharedOptions(inGroup, takers, groups),
    ]),
    ENDING,
  ];
  await expect(page.join('\n\n')).toMatchFileSnapshot('../../docs/commands.md');
});

const NAMES = COMMANDS.map(({ name }) => name);

interface Offered {
  readonly option: Option;
  readonly command: string;
}

/** A command's own options, only by name if an earlier command explains them. */
function ownOptions(name: string, own: readonly Offered[]): string[] {
  const firstWith = (option: Option) =>
    own.find((other) => other.option.flags === option.flags && effectOf(other.option) === effectOf(option))
      ?.command ?? name;
  const options = own.filter(({ command }) => command === name).map(({ option }) => option);
  return [...groupBy(options, firstWith)]
    .sort(([first]) => (first === name ? -1 : 1))
    .map(([first, same]) =>
      first === name
        ? aligned(same.map((option) => [flagsOf(option), effectOf(option)]))
        : `As for [${first}](#${first}): ${same.map((option) => `\`${flagsOf(option)}\``).join(', ')}`,
    );
}

/** Options of a group, a line for each description, with the commands if these are not those of the group. */
function sharedOptions(
  inGroup: readonly Offered[],
  all: readonly string[],
  groups: readonly { readonly title: string; readonly takers: readonly string[] }[],
): string {
  const byText = groupBy(inGroup, ({ option }) => `${option.flags} ${effectOf(option)}`);
  const lines = [...byText.values()].map((same): [string, string] => {
    const takers = takersOf(same);
    const [option] = same.map((offered) => offered.option);
    if (!option) throw new Error('a group has an option');
    if (isEqual(takers, all)) return [flagsOf(option), effectOf(option)];
    const group = groups.find((other) => isEqual(other.takers, takers));
    const commands = group ? `where ${group.title} applies` : shortest(takers, all, 'not');
    return [flagsOf(option), `${effectOf(option)} (${commands})`];
  });
  return aligned(lines);
}

function takersOf(options: readonly Offered[]): string[] {
  return NAMES.filter((name) => options.some(({ command }) => command === name));
}

function isEqual(some: readonly string[], others: readonly string[]): boolean {
  return some.join() === others.join();
}

/** Commands among others, by name or by those that are missing. */
function shortest(some: readonly string[], all: readonly string[], except: string): string {
  const missing = all.filter((name) => !some.includes(name));
  return missing.length < some.length ? `${except} ${missing.join(', ')}` : some.join(', ');
}

/** Two columns, as wide as code on a page. */
function aligned(lines: readonly (readonly [string, string])[]): string {
  const help = Object.assign(new Help(), { helpWidth: 100 });
  const width = Math.max(...lines.map(([flags]) => flags.length));
  // The help indents by 2, code in Markdown by 4.
  return lines
    .map(([flags, effect]) => help.formatItem(flags, width, effect, help).replaceAll(/^/gm, '  '))
    .join('\n');
}

function flagsOf({ flags, description }: Option): string {
  return description.endsWith(REPEATABLE) ? `${flags}…` : flags;
}

function effectOf({ description, defaultValue, argChoices }: Option): string {
  const effect = description.replace(REPEATABLE, '').replace(DEFAULT_CONFIG, '');
  if (argChoices) return `${effect}: ${argChoices.join(', ')}`.replace(/^output format: /, '');
  return typeof defaultValue === 'string' ? `${effect} (default: ${defaultValue})` : effect;
}
