import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PageRows } from '../../src/page/decode.ts';
import { FACETS, type FacetKey } from '../../src/page/facets.ts';
import { Selector } from '../../src/page/selection.ts';
import { PRINCIPAL_NOUNS, RISK_MEANINGS } from '../../src/page/texts.ts';
import { WHOLE_VIEW } from '../../src/page/view.ts';
import type { Risk } from '../../src/rbac/ways-to-admin.ts';
import type { Rights } from '../../src/who/cluster-rights.ts';
import { REASON_TEXTS } from '../../src/who/row-texts.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import { run } from '../cli/run.ts';
import { ROOT } from '../pages.ts';
import { scratch } from '../scratch.ts';
import { type Dom, htmlOf, openDom } from './dom.ts';
import { worldInTime } from './earlier-world.ts';
import { dataOf, entryOf, HEAD, rowOf } from './made-rows.ts';
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

const NODE = 'arn:aws:iam::111122223333:role/nodes';

/** Rows of every kind of principal, route to admin and reason. */
async function everything(): Promise<string> {
  const routes = (Object.keys(RISK_MEANINGS) as Risk[]).map((risk) => ({
    ...{ risk, text: `may ${risk}`, through: `ClusterRole/${risk} cluster-wide` },
    isTogether: false,
  }));
  const named = (name: string, parts: Partial<WhoRow>, type: WhoRow['principal']['type'] = 'USER') =>
    rowOf({ principal: { type, id: name, name }, via: null, routes: [], ...parts });
  const rights = (risksOfEverybody: Rights['risksOfEverybody']): Rights => {
    const none = { roles: [], rolesOfEverybody: [], bindings: [], bindingsOfEverybody: [], risks: [] };
    return { ...none, admin: null, can: [], forNames: [], returning: [], risksOfEverybody };
  };
  const kinds = Object.keys(PRINCIPAL_NOUNS) as WhoRow['principal']['type'][];
  const reasons = Object.keys(REASON_TEXTS) as NonNullable<WhoRow['reason']>[];
  const unknown: ReadonlySet<string> = new Set(['account-access', 'cluster-unknown', 'unreadable']);
  const node = entryOf({ id: NODE, arn: NODE, source: 'aws-auth', groups: ['system:nodes'] });
  const { way, ...others } = rowOf({ permissionSet: null }, node);
  const { rolearn, groups, source, permissionSet } = others;
  const ofNodes = { rolearn, groups, source, permissionSet, way: way && { ...way, isNode: true } };
  const rows = [
    ...routes.flatMap((one, index) => [
      named(`${one.risk}@example.com`, { routes: [one] }),
      ...(index % 2 === 1 ? [] : [named(`all-${one.risk}`, { routes: [one], rights: rights([one]) })]),
    ]),
    ...kinds.flatMap((type) => [named(`${type} 1`, {}, type), named(`${type} 2`, ofNodes, type)]),
    ...reasons.map((reason) => named(reason, { reason, access: unknown.has(reason) ? 'unknown' : 'none' })),
    named('unknown', { access: 'unknown', routes: routes.slice(0, 1) }),
  ];
  const codes = ['anybody', 'assignments-unknown', 'cluster-unknown', 'sign-ins-unknown', 'other'];
  const warnings = codes.map((code) => ({
    code,
    message: `about ${code}`,
    help: `see \`${code}\``,
    place: code,
  }));
  const [prod] = HEAD.clusters;
  const arn = 'arn:aws:eks:eu-west-1:111122223333:cluster/dev';
  const dev = { ...prod, name: 'dev', arn, file: null, authenticationMode: 'API_AND_CONFIG_MAP' } as const;
  const clusters = [
    prod,
    dev,
    { ...prod, name: null, arn: null, file: { name: 'stage.yaml', modifiedAt: null } },
  ];
  return htmlOf(dataOf(rows, { clusters, isExpanded: false, warnings: warnings as never }));
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
  stories: async (dom, addresses) => {
    const shown: string[] = [];
    for (const hash of addresses('access', 'reason', 'kind', 'risk')) {
      await dom.go(hash);
      await dom.click('.row-open');
      shown.push(`${hash}\n${dom.text('dialog')}`);
      await dom.press('Escape');
    }
    return text(shown);
  },
  filters: async (dom, addresses) => {
    const lists = FACETS.map(({ key }) => addresses(key).slice(0, 8).join(' '));
    await dom.click('button', /^Filter/);
    const menu = dom.outline('.filter-menu');
    const facets: string[] = [];
    for (const facet of [...dom.document.querySelectorAll('.menu-facet')].map(nameOf)) {
      await dom.click('.menu-facet', facet);
      facets.push(`${dom.text('.menu-head')}\n${dom.texts('.menu-list label').slice(0, 25).join('\n')}`);
      await dom.click('button', 'All filters');
    }
    await dom.click('.menu-facet', 'Permission set');
    const facet = dom.outline('.filter-menu');
    await dom.click('.filter-menu label');
    await dom.type('.filter-menu input[type=search]', 'zzz');
    const nothing = dom.outline('.filter-menu');
    await dom.click('button', 'All filters');
    await dom.type('.filter-menu input[type=search]', 'pr');
    const found = dom.outline('.filter-menu');
    await dom.press('Escape');
    return text([...lists, menu, ...facets, facet, nothing, found, dom.outline('.bar')]);
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
    for (const common of dom.texts('.presets > div:first-child a')) {
      await dom.click('.presets a', common);
      shown.push(`${common}\n${dom.hash}\n${dom.text('.presets')}`);
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

/** A text that is only one facet's, though its beginning may be another's. */
function nameOf({ textContent }: Element): RegExp {
  return new RegExp(`^${textContent?.replace('›', '').trim()} ›`);
}

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

const PAGES = { company, clusters, question, unread, everything };

/** The others say something else in these parts. */
const FEW = ['summary', 'details'];

/** For texts that few pages have. */
const OF_EVERYTHING = ['summary', 'stories', 'filters', 'graph'];

describe.each(Object.entries(PAGES))('the page %s', (name, make) => {
  const isWhole = name === 'company' || name === 'clusters';
  const whole = Object.keys(PARTS).filter((part) => part !== 'stories');
  const parts = isWhole ? whole : name === 'everything' ? OF_EVERYTHING : FEW;
  test.each(Object.entries(PARTS).filter(([part]) => parts.includes(part)))(
    'says in its part %s what a reader has read',
    async (part, show) => {
      const html = await make();
      await expect(await show(await openDom(html), addressesIn(html))).toMatchFileSnapshot(
        join(ROOT, 'test', 'golden', 'page', name, `${part}.txt`),
      );
    },
  );
});
