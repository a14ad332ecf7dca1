import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PageRows } from '../../src/page/decode.ts';
import { FACETS, type FacetKey } from '../../src/page/facets.ts';
import { Selector } from '../../src/page/selection.ts';
import { WHOLE_VIEW } from '../../src/page/view.ts';
import { run } from '../cli/run.ts';
import { ROOT } from '../pages.ts';
import { scratch } from '../scratch.ts';
import { type Dom, openDom } from './dom.ts';
import { worldInTime } from './earlier-world.ts';
import { INPUTS, pageDataOf, pageWorld, runWho } from './worlds.ts';

const DAY = new Date('2026-11-25T05:00:00Z');

/** The page of some files, which were all modified on one day. */
async function pageOf(files: Readonly<Record<string, string>>, argv: readonly string[]): Promise<string> {
  const cwd = await scratch(files);
  await Promise.all(Object.keys(files).map((name) => utimes(join(cwd, name), DAY, DAY)));
  const { stdout, stderr, exitCode } = await run(['who', ...argv, '-o', 'html'], { cwd });
  expect(exitCode, stderr).toBe(0);
  const { version } = pageDataOf(stdout);
  return stdout.replaceAll(version, '1.2.3');
}

/** A company with one cluster, compared with a month ago. */
async function company(): Promise<string> {
  const from = join(ROOT, 'test', 'golden', 'realistic');
  const names = await readdir(from);
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(from, name), 'utf8')] as const),
  );
  const argv = ['aws-auth.yaml', '--cluster', 'prod', '--inventory', 'inventory.json', '--rbac', 'rbac.yaml'];
  return pageOf(Object.fromEntries(files), [...argv, '--expand', '--since', 'last-month.json']);
}

/** Several clusters, also new and vanished ones, with parts that weren't read. */
async function clusters(): Promise<string> {
  const { before, now, argvBefore, argvNow } = worldInTime(24);
  const { stdout: was } = await runWho(before, [...argvBefore, '-o', 'json']);
  return pageOf({ ...now.files, 'old.json': was }, [...argvNow, '--since', 'old.json']);
}

/** The answer to a question of the command line. */
async function question(): Promise<string> {
  const { files, awsAuths } = pageWorld(3);
  const argv = [...INPUTS, ...awsAuths, '--cluster', '*', '--rbac', '*=rbac.yaml', '--can', 'get secrets'];
  return pageOf(files, argv);
}

/** Clusters without roles and bindings, and with groups whose members aren't listed. */
async function unread(): Promise<string> {
  const { files, awsAuths } = pageWorld(8);
  return pageOf(files, [...INPUTS, ...awsAuths]);
}

const text = (parts: readonly string[]) => `${parts.join('\n\n')}\n`;

/** The parts of a page, and how to get there. */
const PARTS: Readonly<Record<string, (dom: Dom, addresses: Addresses) => Promise<string>>> = {
  summary: async ({ document, outline }) => {
    for (const details of document.querySelectorAll('header details')) details.setAttribute('open', '');
    return outline('header');
  },
  table: async (dom) => {
    const whole = dom.outline('#app');
    await dom.click('.table-region thead button');
    const sorted = dom.texts('.table-region tbody tr').slice(0, 5);
    await dom.click('button', 'Columns');
    const menu = dom.outline('.column-menu');
    await dom.press('Escape');
    await dom.type('.search', 'secrets in payments');
    const nothing = dom.outline('.table-view');
    await dom.type('.search', 'no such thing');
    return text([whole, ...sorted, menu, nothing, dom.outline('.table-view'), dom.outline('.filter-state')]);
  },
  details: async (dom, addresses) => {
    const shown = new Set<string>();
    for (const hash of addresses('access', 'reason', 'change', 'kind', 'risk', 'source')) {
      await dom.go(hash);
      await dom.click('.row-open');
      shown.add(dom.outline('dialog'));
      await dom.press('Escape');
    }
    return text([...shown]);
  },
  filters: async (dom, addresses) => {
    const lists = FACETS.map(({ key }) => addresses(key).slice(0, 8).join(' '));
    await dom.click('button', /^Filter/);
    const menu = dom.outline('.filter-menu');
    await dom.click('.menu-facet', 'Permission set');
    const facet = dom.outline('.filter-menu');
    await dom.click('.filter-menu label');
    await dom.type('.filter-menu input[type=search]', 'zzz');
    const nothing = dom.outline('.filter-menu');
    await dom.click('button', 'All filters');
    await dom.type('.filter-menu input[type=search]', 'pr');
    const found = dom.outline('.filter-menu');
    await dom.press('Escape');
    return text([...lists, menu, facet, nothing, found, dom.outline('.bar')]);
  },
  graph: async (dom) => {
    await dom.click('[role=tab]', 'Graph');
    const whole = dom.outline('#panel-graph');
    const several = dom.texts('button.graph-box');
    if (several.length === 0) return whole;
    await dom.click('button.graph-box');
    return text([whole, dom.outline('#panel-graph li')]);
  },
  permissions: async (dom, addresses) => {
    await dom.click('[role=tab]', 'Permissions');
    const shown = [dom.outline('#panel-rights')];
    for (const label of ['Verb', 'Resource', 'Namespace', 'Person or group']) {
      const field = dom.find('[role=combobox]', label);
      await dom.type(field, '');
      shown.push(`${label}: ${dom.texts('[role=option]').slice(0, 15).join(' | ')}`);
      await dom.press('Escape');
    }
    for (const can of QUESTIONS) {
      await dom.go(`tab=rights&can=${can}`);
      shown.push(`${can}\n${answerOf(dom)}`);
    }
    for (const hash of addresses('person')
      .filter((_, index) => index % 4 === 0)
      .slice(0, 6)) {
      await dom.go(`tab=rights&who=${hash.replace(/^person=/, '')}`);
      shown.push(`${hash}\n${answerOf(dom)}`);
    }
    return text(shown);
  },
  files: async (dom) => {
    await dom.click('button', 'Copy link');
    const panel = dom.outline('.link-panel');
    await dom.press('Escape');
    for (const hash of ['change=new&change=gone', 'tab=rights&can=get+secrets', 'tab=graph&search=e']) {
      await dom.go(hash);
      await dom.click('.save');
    }
    const saved = await dom.saved();
    return text([
      panel,
      ...saved.map((file) => `${file.name}\n${file.text.split('\n').slice(0, 6).join('\n')}`),
    ]);
  },
  paper: async (dom) => {
    dom.window.dispatchEvent(new dom.window.Event('beforeprint'));
    const printed = dom.document.querySelector('.printed');
    return (printed?.outerHTML ?? '').replace(/<tr>/g, '\n<tr>').split('\n').slice(0, 12).join('\n');
  },
};

function answerOf({ outline }: Dom): string {
  return `${outline('#panel-rights .answer-status')}\n${outline('#panel-rights .answer')}`;
}

const QUESTIONS = [
  'get,list,watch secrets',
  'create pods/exec&namespace=payments',
  '* *.*',
  'bind clusterroles; escalate clusterroles',
  'get /metrics',
  'delete',
  'get nosuchthings',
  'impersonate users',
];

/** The addresses that filter by each value of facets. */
function addressesIn(html: string): Addresses {
  const selector = new Selector(new PageRows(pageDataOf(html)));
  return (...facets) =>
    facets.flatMap((key) =>
      selector.items(key, WHOLE_VIEW, '').map(({ value }) => `${new URLSearchParams([[key, value]])}`),
    );
}

type Addresses = (...facets: readonly FacetKey[]) => readonly string[];

const PAGES = { company, clusters, question, unread };

/** The others say something else in these parts. */
const FEW = ['summary', 'details'];

describe.each(Object.entries(PAGES))('the page %s', (name, make) => {
  const isWhole = name === 'company' || name === 'clusters';
  test.each(Object.entries(PARTS).filter(([part]) => isWhole || FEW.includes(part)))(
    'says in its part %s what a reader has read',
    async (part, show) => {
      const html = await make();
      await expect(await show(await openDom(html), addressesIn(html))).toMatchFileSnapshot(
        join(ROOT, 'test', 'golden', 'page', name, `${part}.txt`),
      );
    },
  );
});
