import type { Column } from '../../column.ts';
import { shortName } from '../../directory/model.ts';
import type { PrincipalName } from '../../directory/query.ts';
import { policyText, wholePolicyText } from '../../eks.ts';
import { note, refusal } from '../../errors.ts';
import { requireFileName } from '../../io.ts';
import { memo } from '../../memo.ts';
import { type BoundRole, isPolicy } from '../../rbac/model.ts';
import { questionText } from '../../rbac/request.ts';
import { listed } from '../../text.ts';
import { csvOf } from '../../who/csv.ts';
import { jsonRows } from '../../who/json.ts';
import {
  ANY_CALLER,
  accountTexts,
  bindingTexts,
  principalLabel,
  SOURCE_TEXTS,
  textsOfEverybody,
} from '../../who/row-texts.ts';
import { rowsOf, type Shown, type WhoRow } from '../../who/rows.ts';
import { loadClusters, type WhoQuestion, whoHasAccess } from '../../who/who-has-access.ts';
import { addRbacOption, clustersOption, defineCommand, outputOption, repeated } from '../command.ts';
import { renderLongJson } from '../format/json.ts';
import { type Fit, renderTable, terminalWidth } from '../format/table.ts';
import { distinctFiles, type Inputs, withInputs } from '../inputs/inputs.ts';
import { readPeopleOf } from '../inputs/inventory.ts';
import { type CommonOptions, type FleetOptions, type RbacOptions, rbacInputs } from '../options.ts';
import { addQuestionOptions, type QuestionOptions, requireAnswerable } from '../question-options.ts';
import type { Outcome, Shell } from '../shell.ts';

import type { RowLimits } from './who-since.ts';

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
      .option('--since <file>', 'with -o html, mark changes since this -o json'),
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
      help: 'For example: -o html --since old.json > access.html',
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
  const summary = inventory ? [note('as-of', `as of ${inventory.capturedAt}`)] : [];
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
  scope: Pick<RowLimits, 'isInScope' | 'unread'>,
  shell: Shell,
): Promise<Outcome['stdout']> {
  switch (options.output) {
    case 'json':
      return renderLongJson(jsonRows(shown));
    case 'csv':
      return csvOf(rowsOf(shown), shown);
    case 'table':
      return tableOf([...rowsOf(shown)], shown, { shrink: SHRINK, width: terminalWidth(shell.io.stdout) });
    case 'wide':
      return tableOf([...rowsOf(shown)], shown, null);
    case 'html': {
      const { renderWhoPage } = await import('./who-page.ts');
      return renderWhoPage(shown, { ...options, scope }, shell);
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

/** Bindings shown in a cell; the rest are counted. */
const MAX_BINDINGS = 3;

/** @param fit null: a wide table, with ARNs and all bindings */
function tableOf(rows: readonly WhoRow[], shown: Shown, fit: Fit | null): Promise<string> {
  const { clusters, withCluster, withBindings, unread, inventory, asked } = shown;
  const isWide = fit === null;
  const isAboutRights = asked !== null;
  // The answer to --can is who, and through which role; usernames and groups are in the wide table.
  const isBrief = !isWide && isAboutRights;
  const accountText = accountTexts(inventory?.accounts ?? []);
  const most = isBrief ? 1 : isWide ? Number.POSITIVE_INFINITY : MAX_BINDINGS;
  const withSource = !isBrief && clusters.some(({ cluster }) => cluster.eks !== null);
  // Everyone with access through an entry shares its list.
  const policyCell = memo((policies: WhoRow['policies']) => {
    const texts = policies.map((one) => (isWide ? wholePolicyText(one) : policyText(one)));
    return listed(texts, most) || null;
  });
  // Without a question, access policies have their own column.
  const isShown = (bound: BoundRole) => isAboutRights || !isPolicy(bound);
  const bindingCell = (row: WhoRow) =>
    [bindingTexts(row, isAboutRights, isWide, isShown), textsOfEverybody(row, isWide)]
      .flatMap((texts) => listed(texts, most) || [])
      .join(', ');
  const columns: readonly Column<WhoRow>[] = [
    {
      header: 'CLUSTER',
      cell: ({ cluster, unread }) => cluster ?? (unread ? '?' : null),
      shown: withCluster || unread.length > 0,
    },
    { header: 'PRINCIPAL', cell: (row) => principalLabel(row).name },
    { header: 'TYPE', cell: (row) => principalLabel(row).kind },
    { header: 'VIA', cell: ({ via }) => via && shortName(via) },
    { header: 'ACCOUNT', cell: (row) => accountText(row) || null },
    { header: 'PERMISSION SET', cell: ({ permissionSet }) => permissionSet },
    { header: 'ARN', cell: ({ rolearn }) => rolearn || null, shown: isWide },
    {
      header: 'USERNAME',
      cell: ({ username, principal, unread }) =>
        username || (principal.type === 'ACCOUNT' && !unread ? ANY_CALLER : null),
      shown: !isBrief,
    },
    { header: 'AUDIT USERNAME', cell: ({ auditUsername }) => auditUsername, shown: isWide },
    { header: 'GROUPS', cell: ({ groups }) => groups.join(',') || null, shown: !isBrief },
    { header: 'POLICIES', cell: ({ policies }) => policyCell(policies), shown: withSource },
    { header: 'SOURCE', cell: (row) => (row.unread ? null : SOURCE_TEXTS[row.source]), shown: withSource },
    {
      header: 'CAN',
      cell: ({ rights }) => questionText(rights?.can ?? []) || null,
      shown: isAboutRights && asked.length > 1,
    },
    {
      header: isAboutRights ? 'THROUGH' : 'BINDINGS',
      cell: (row) =>
        bindingCell(row) || (isAboutRights || row.knowsBindings || row.access === 'none' ? null : '?'),
      shown: isAboutRights || withBindings,
    },
    { header: 'NOTE', cell: ({ note }) => note },
  ];
  return renderTable(columns, rows, fit ?? {});
}
