import type { PrincipalName } from '../../directory/query.ts';
import { timeText } from '../../directory/read-time.ts';
import { note, refusal } from '../../errors.ts';
import { requireFileName } from '../../io.ts';
import { csvOf } from '../../who/csv.ts';
import { jsonRows } from '../../who/json.ts';
import { rowsOf, type Shown } from '../../who/rows.ts';
import { columnsOf } from '../../who/table.ts';
import { loadClusters, type WhoQuestion, whoHasAccess } from '../../who/who-has-access.ts';
import { addRbacOption, clustersOption, defineCommand, outputOption, repeated } from '../define-command.ts';
import { renderLongJson } from '../format/json.ts';
import { renderTable, terminalWidth } from '../format/table.ts';
import { distinctFiles, type Inputs, withInputs } from '../inputs/inputs.ts';
import { readPeopleOf } from '../inputs/inventory.ts';
import { type CommonOptions, type FleetOptions, type RbacOptions, rbacInputs } from '../option-values.ts';
import { addQuestionOptions, type QuestionOptions, requireAnswerable } from '../question-options.ts';
import type { Outcome, Shell } from '../shell.ts';

import type { RowScope } from './who-since.ts';

interface WhoOptions extends CommonOptions, RbacOptions, FleetOptions, QuestionOptions {
  readonly output: 'table' | 'wide' | 'json' | 'csv' | 'html';
  readonly user?: string;
  readonly group?: string;
  readonly expand?: boolean;
  readonly kubernetesGroup?: readonly string[];
  readonly since?: string;
}

export const whoCommand = defineCommand(
  'who',
  { file: 'several', config: 'AWS settings', reads: 'AWS or snapshots', clusters: 'several' },
  (command) =>
    addRbacOption(
      addQuestionOptions(
        command
          .option('--user <name>', "show this user's access, and through which groups")
          .option('--group <name>', "show this group's access")
          .option('--expand', 'also list group members')
          .option(
            '--kubernetes-group <name>',
            'show entries with this Kubernetes group; repeatable',
            repeated,
          ),
        "show who can do it ('get,list secrets'); repeatable",
        'namespace for --can (default: any)',
      ),
    )
      .addOption(clustersOption('read access entries; FILE optional'))
      .addOption(outputOption('table', 'wide', 'json', 'csv', 'html'))
      .option('--since <file>', 'with -o html, mark changes since <file>, an earlier html or json output'),
  (options: WhoOptions, shell, files: readonly string[]) => {
    const work = async (inputs: Inputs) => {
      inputs.selected();
      requireComparable(options, files);
      await requireAnswerable(options, false);
      await inputs.read(distinctFiles(files, shell));
      return who(inputs, files.length > 1, options, shell);
    };
    return withInputs(options, shell, work, { signIns: namedIn(options).length === 0 });
  },
);

/**
 * Checks `--since` before any file is read or call made.
 * @throws Failure (exit 2)
 */
function requireComparable(options: WhoOptions, files: readonly string[]): void {
  const { since, output } = options;
  if (since === undefined) return;
  requireFileName(since);
  if (output !== 'html')
    throw refusal({
      message: '--since requires -o html',
      help: 'For example: -o html --since last-month.html > access.html',
    });
  if (since === '-' && [...files, ...rbacInputs(options).map(({ path }) => path)].includes('-'))
    throw refusal({
      message: '--since - reads stdin, which another input reads, too',
      help: 'Save one of them in a file.',
    });
}

/** @param severalGiven true if several files were given, even if only one is left */
async function who(
  inputs: Inputs,
  severalGiven: boolean,
  options: WhoOptions,
  shell: Shell,
): Promise<Outcome> {
  const { can, namespace, kubernetesVersion, kubernetesGroup: kubernetesGroups = null } = options;
  const question: WhoQuestion = {
    named: namedIn(options),
    can,
    namespace,
    kubernetesGroups,
    kubernetesVersion,
    expand: options.expand ?? false,
    isOfClusters: options.cluster !== undefined,
    isSearched: inputs.selected().isSearched,
    isOfSnapshot: options.inventory !== undefined,
    withBindings: options.rbac !== undefined,
    severalGiven,
  };
  const { report } = inputs;
  const fleet = await inputs.fleet();
  const authorizers = await inputs.authorizers();
  const asked = await loadClusters(await inputs.pairs(), authorizers, fleet, question, report);
  // AWS is read once for all clusters.
  const people = await readPeopleOf(asked.entries, asked.people, inputs);
  const { inventory, isInScope, isRead } = people;
  if (inventory) inputs.reportUnused(inventory);
  const shown = await whoHasAccess(asked, people, question, report);
  const unread = asked.entries.filter((entry) => !isRead(entry)).map(({ arn }) => arn);
  const stdout = await render(shown, options, { isInScope, unread }, shell);
  // The time when AWS was read, or the snapshot taken.
  const summary = inventory ? [note('as-of', `read from AWS at ${timeText(inventory.capturedAt)}`)] : [];
  return { stdout, summary, isFile: options.output === 'html' };
}

function namedIn({ user, group }: WhoOptions): PrincipalName[] {
  return [
    ...(user === undefined ? [] : [{ type: 'USER' as const, name: user }]),
    ...(group === undefined ? [] : [{ type: 'GROUP' as const, name: group }]),
  ];
}

async function render(
  shown: Shown,
  options: WhoOptions,
  scope: RowScope,
  shell: Shell,
): Promise<Outcome['stdout']> {
  switch (options.output) {
    case 'json':
      return renderLongJson(jsonRows(shown));
    case 'csv':
      return csvOf(rowsOf(shown), shown);
    case 'table':
      return renderTable(columnsOf(shown, false), [...rowsOf(shown)], {
        shrink: SHRINK,
        width: terminalWidth(shell.io.stdout),
      });
    case 'wide':
      return renderTable(columnsOf(shown, true), [...rowsOf(shown)]);
    case 'html': {
      const { renderWhoPage } = await import('./who-page.ts');
      return renderWhoPage(shown, options, scope, shell);
    }
  }
}

/** Columns in the order in which they are cut: names before access. */
const SHRINK = [
  'CAN',
  'THROUGH',
  'BINDINGS',
  'USERNAME',
  'VIA',
  'PRINCIPAL',
  'CLUSTER',
  'ACCOUNT',
  'PERMISSION SET',
  'NOTE',
  'POLICIES',
  'GROUPS',
];
