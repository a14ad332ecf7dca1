import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { rowsOf, type Shown } from '../../access/who-rows.ts';
import { policiesOf } from '../../cluster/entry.ts';
import { inputName } from '../../io.ts';
import { loadPageApp } from '../../page/app-bundle.ts';
import type { SourceFile } from '../../page/data.ts';
import { type ComparedRow, encodePage } from '../../page/encode.ts';
import { renderPage } from '../../page/html.ts';
import { shellWord } from '../../text.ts';
import type { RbacOptions } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';

/** Renders the page of `-o html`. */
export async function renderWhoPage(
  shown: Shown,
  { rbac = [] }: RbacOptions,
  shell: Shell,
): Promise<Outcome['stdout']> {
  const app = await loadPageApp();
  const clusters = await Promise.all(
    shown.clusters.map(async ({ cluster }) => ({
      name: cluster.name,
      arn: cluster.eks?.arn ?? null,
      file: cluster.awsAuth ? await sourceFile(cluster.awsAuth.file, shell) : null,
      authenticationMode: cluster.eks?.authenticationMode ?? null,
    })),
  );
  const head = {
    version: packageJson.version,
    command: commandText(shell.words),
    asOf: shown.inventory?.capturedAt ?? null,
    rbacFiles: await Promise.all([...new Set(rbac)].map((path) => sourceFile(path, shell))),
    clusters,
    asked: shown.asked,
    warnings: shell.warnings.map(({ message, help }) => ({ message, ...(help !== undefined && { help }) })),
    since: null,
  };
  const evaluated = shown.clusters.map(
    ({ cluster, rights }) =>
      rights && { authorizer: rights.authorizer, policies: cluster.entries.flatMap(policiesOf) },
  );
  return renderPage(app, encodePage(head, evaluated, comparedRows(shown)));
}

function* comparedRows(shown: Shown): Generator<ComparedRow> {
  for (const row of rowsOf(shown)) yield { row, change: null };
}

/** @param path `-` for stdin */
async function sourceFile(path: string, { io: { cwd } }: Shell): Promise<SourceFile> {
  const found = path === '-' ? null : await stat(resolve(cwd, path)).catch(() => null);
  return { name: inputName(path), modifiedAt: found?.isFile() ? found.mtime.toISOString() : null };
}

/** An external ID is shared with a third party only, so it stays out of a page that is sent around. */
function commandText(words: readonly string[]): string {
  const shown = words.map((word, index) => {
    if (words[index - 1] === '--external-id') return '…';
    return word.startsWith('--external-id=') ? '--external-id=…' : shellWord(word);
  });
  return shown.join(' ');
}
