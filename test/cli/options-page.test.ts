import type { Option } from 'commander';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { GROUPS } from '../../src/cli/define-command.ts';
import { groupBy } from '../../src/group-by.ts';

const INTRODUCTION = `<!-- Generated: npx vitest run test/cli/options-page.test.ts -u -->
# Shared options

\`COMMAND --help\` shows a command's own options. \`COMMAND --help-all\` adds the options on this page that it takes.`;

/** Where a group of options is explained. */
const SEE: Readonly<Record<string, string>> = {
  [GROUPS.rbac]: 'Export and use: [audit.md](audit.md).',
  [GROUPS.mapping]: 'Mappings in a file, and every selector: [config.md](config.md).',
  [GROUPS.accounts]: "Default: the config's `accounts`. [Account selectors](config.md#accounts).",
  [GROUPS.aws]:
    'Credentials, roles and policies: [permissions.md](permissions.md). Snapshots: [merge.md](snapshots.md).',
  [GROUPS.safety]:
    'Each permits what is refused by default: [merge.md](merge.md#what-is-refused), [config.md](config.md#groups-and-users).',
  [GROUPS.general]: '',
};

test('docs/commands.md has the options that commands share (npx vitest run test/cli/options-page.test.ts -u writes it)', async () => {
  const options: (Option & { readonly command: string })[] = [];
  for (const { name, load } of COMMANDS)
    for (const option of (await load())(async () => {}).options)
      if (option.helpGroupHeading && !option.hidden) options.push(Object.assign(option, { command: name }));
  const order: readonly string[] = Object.values(GROUPS);
  const groups = [...groupBy(options, ({ helpGroupHeading }) => helpGroupHeading ?? '')].sort(
    ([one], [other]) => order.indexOf(one) - order.indexOf(other),
  );
  const sections = groups.map(([heading, inGroup]) => {
    const byFlags = [...groupBy(inGroup, ({ flags }) => flags).values()];
    const rows = byFlags.flatMap(rowsOf);
    const title = `## ${heading.replace(/ options:$/, '')}`;
    return [
      title,
      ...(SEE[heading] ? [SEE[heading]] : []),
      `| option | effect |\n| --- | --- |\n${rows.join('\n')}`,
    ].join('\n\n');
  });
  await expect(`${[INTRODUCTION, ...sections].join('\n\n')}\n`).toMatchFileSnapshot('../../docs/commands.md');
});

/** The rows of an option: one for each description, with the commands if these differ. */
function rowsOf(options: readonly (Option & { readonly command: string })[]): string[] {
  const texts = [...groupBy(options, withDefault)];
  return texts.map(([text, same]) => {
    const commands = texts.length === 1 ? '' : ` (${same.map(({ command }) => command).join(', ')})`;
    return `| \`${escaped(same[0]?.flags ?? '')}\`${commands} | ${escaped(text)} |`;
  });
}

function withDefault({ description, defaultValue }: Option): string {
  return typeof defaultValue === 'string' ? `${description} (default: ${defaultValue})` : description;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
