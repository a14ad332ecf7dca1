import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { policiesOf } from '../../access-entry/entry.ts';
import { type Finding, formatLocation } from '../../errors.ts';
import { inputName } from '../../io.ts';
import { loadPageApp } from '../../page/app-bundle.ts';
import type { PageWarning, SourceFile } from '../../page/data.ts';
import { type ComparedRow, encodePage } from '../../page/encode.ts';
import { renderPage } from '../../page/html.ts';
import { shellWord } from '../../text.ts';
import { rowsOf, type Shown } from '../../who/rows.ts';
import { NOBODY_REASONS } from '../../who/way.ts';
import { type FleetOptions, type RbacOptions, rbacInputs, type ScopeOptions } from '../option-values.ts';
import type { QuestionOptions } from '../question-options.ts';
import type { Outcome, Shell } from '../shell.ts';
import type { RowScope } from './who-since.ts';

interface WhoPageOptions extends RbacOptions, QuestionOptions, ScopeOptions, FleetOptions {
  readonly expand?: boolean;
  readonly kubernetesGroup?: readonly string[];
  readonly since?: string;
}

/** Renders the page of `-o html`. */
export async function renderWhoPage(
  shown: Shown,
  options: WhoPageOptions,
  rows: RowScope,
  shell: Shell,
): Promise<Outcome['stdout']> {
  const { since } = options;
  const rbac = rbacInputs(options).map(({ path }) => path);
  const question = {
    scope: scopeWords(options),
    asked: shown.asked,
    limits: {
      named: shown.named.map(({ type, name }) => ({ type, name })),
      kubernetesGroups: options.kubernetesGroup ?? null,
      namespace: options.namespace ?? null,
    },
    isExpanded: options.expand === true || shown.asked !== null,
  };
  // First: it may add warnings.
  const earlier = since === undefined ? null : await import('./who-since.ts');
  const compared = earlier && (await earlier.compareSince(since ?? '-', shown, question, rows, shell));
  const app = await loadPageApp();
  const clusters = await Promise.all(
    shown.clusters.map(async ({ cluster }) => ({
      name: cluster.name,
      arn: cluster.eks?.arn ?? null,
      file: cluster.awsAuth ? await sourceFile(cluster.awsAuth.file, shell) : null,
      authenticationMode: cluster.eks?.authenticationMode ?? null,
      withoutEntries: (['aws-auth', 'access-entry'] as const).filter(
        (source) => !cluster.entries.some((entry) => entry.source === source),
      ),
    })),
  );
  const head = {
    version: packageJson.version,
    command: [shell.program, ...shell.words.map(shellWord)].join(' '),
    asOf: shown.inventory?.capturedAt ?? null,
    rbacFiles: await Promise.all([...new Set(rbac)].map((path) => sourceFile(path, shell))),
    clusters,
    ...question,
    warnings: shell.warnings.filter((one) => !isCounted(one, shown)).map(pageWarning),
    since: compared?.since ?? null,
  };
  const evaluated = shown.clusters.map(
    ({ cluster, rights }) =>
      rights && { authorizer: rights.authorizer, policies: cluster.entries.flatMap(policiesOf) },
  );
  return renderPage(app, encodePage(head, evaluated, compared?.rows ?? unchangedRows(shown)));
}

function scopeWords({ account, ou, allAccounts, excludeAccount, cluster, clusterRegion }: WhoPageOptions) {
  const given = { account, ou, 'exclude-account': excludeAccount, cluster, 'cluster-region': clusterRegion };
  const words = Object.entries(given).flatMap(([name, values = []]) =>
    [values].flat().map((value) => `--${name} ${value}`),
  );
  return [...new Set(allAccounts ? ['--all-accounts', ...words] : words)].sort();
}

/** Warnings that the page's own counts repeat, with links to the rows. */
const COUNTED: readonly string[] = [
  'access-policies',
  'access-unknown',
  'bindings-unknown',
  'cluster-admin',
  'cluster-unreadable',
  'config-map-missing',
  'rbac-risk',
  'system-masters',
  ...Object.keys(NOBODY_REASONS).map((reason) => `nobody-${reason}`),
];

/** Counted, too, unless the question names people: then rows about others are left out. */
const COUNTED_FOR_ALL: readonly string[] = ['account-access', 'overridden-by-access-entry'];

function isCounted({ code }: Finding, { clusters, named }: Shown): boolean {
  if (COUNTED_FOR_ALL.includes(code)) return named.length === 0;
  // The page counts the people who have what everyone has.
  if (code === 'everybody') return clusters.some(({ ways }) => ways.some(({ status }) => status !== 'none'));
  return COUNTED.includes(code);
}

function pageWarning({ code, message, help, location }: Finding): PageWarning {
  const place = location ? formatLocation(location) : null;
  return { code, message, place, ...(help !== undefined && { help }) };
}

function* unchangedRows(shown: Shown): Generator<ComparedRow> {
  for (const row of rowsOf(shown)) yield { row, change: null };
}

/** @param path `-` for stdin */
async function sourceFile(path: string, { io: { cwd } }: Shell): Promise<SourceFile> {
  const found = path === '-' ? null : await stat(resolve(cwd, path)).catch(() => null);
  return { name: inputName(path), modifiedAt: found?.isFile() ? found.mtime.toISOString() : null };
}
