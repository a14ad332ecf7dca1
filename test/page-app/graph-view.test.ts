import { describe, expect, test } from 'vitest';
import { memo } from '../../src/memo.ts';
import type { PageData } from '../../src/page/data.ts';
import type { WhoRow } from '../../src/who/rows.ts';
import type { RowChange } from '../../src/who/since/row-change.ts';
import { run } from '../cli/run.ts';
import { FOLDER, LAST_MONTH, WHO } from '../page/realistic/realistic.ts';
import { crowd } from './crowd.ts';
import { type Dom, openDom } from './dom.ts';
import { dataOf, entryOf, people, rowOf } from './made-rows.ts';

/** The page of a company, whose clusters, people and roles are as they often are. */
const realistic = run([...WHO, '--since', LAST_MONTH, '-o', 'html'], { cwd: FOLDER });

async function openGraph(page: string | PageData | null = null, hash = ''): Promise<Dom> {
  return openDom(page ?? (await realistic).stdout, { hash: `tab=graph${hash}` });
}

type Person = Partial<WhoRow> & { readonly change?: RowChange['kind'] };

/** The page of some rows, each of another person. */
function pageOf(rows: readonly Person[]): PageData {
  // Rows of one entry share its object.
  const entry = memo((_key: string) => entryOf());
  return dataOf(
    rows.map(({ change: kind, ...parts }, index) => {
      const name = `person-${String(index).padStart(3, '0')}@example.com`;
      const principal = { type: 'USER', id: `u-${index}`, name } as const;
      const { permissionSet, accountName, cluster } = parts;
      const key = JSON.stringify([permissionSet, accountName, cluster]);
      const change = kind === undefined ? null : ({ kind, head: 'changed', before: [] } as const);
      return { row: rowOf({ principal, ...parts }, entry(key)), change };
    }),
  );
}

/** The name for screen readers. */
function nameOf(box: Element | null): string {
  const texts = (node: Node): string =>
    node.nodeType === 1 && (node as Element).getAttribute('aria-hidden') === 'true'
      ? ''
      : node.hasChildNodes()
        ? [...node.childNodes].map(texts).join('')
        : (node.nodeValue ?? '');
  return box ? texts(box) : '';
}

const names = (dom: Dom, layer = '') =>
  [...dom.document.querySelectorAll('.graph-box')].map(nameOf).filter((name) => name.startsWith(layer));

const focused = (dom: Dom) => dom.document.activeElement;

describe('a box', () => {
  test('says its column, what it is, how sure it is, and whether it leads to cluster admin', async () => {
    const dom = await openGraph();
    const all = names(dom);
    for (const name of [
      'Who: break-glass; leads to cluster admin; IAM user in larkfield-prod; filter by it',
      'Who: emil.novak@larkfield.example; leads to cluster admin; filter by it',
      'Who: nadia.haddad@larkfield.example; filter by it',
      'Who: lucy.chen@larkfield.example; new; filter by it',
      'Who: omar.farouk@larkfield.example; changed; filter by it',
      'Who: mark.ellis@larkfield.example; gone; filter by it',
      "Who: Unknown people; unknown, the people with this role weren't read; filter by it",
      'Who: grafana-operator; no access, IAM role in larkfield-prod; filter by it',
      'Who: eks-prod-node; node, IAM role in larkfield-prod; filter by it',
      'Who: grafana-operators; Kubernetes group; filter by it',
      'Group: Payments; filter by it',
      'Permission set: ReadOnly; unknown, in larkfield-management; filter by it',
      'Account and role: larkfield-prod; AWSReservedSSO_ReadOnly_7e10d4b5832fc96a; filter by it',
      'Entry: sso:{{SessionName}}; access entry; filter by it',
      'Entry: grafana-operator; no access, aws-auth, the ARN has a path and never matches; filter by it',
      'Entry: grafana-operators; binding',
      'Kubernetes group or policy: system:masters; leads to cluster admin; cluster admin; filter by it',
      'Kubernetes group or policy: support; group; filter by it',
      'Kubernetes group or policy: system:nodes; built-in Kubernetes group; filter by it',
      'Kubernetes group or policy: AmazonEKSEditPolicy; access policy in monitoring, ingress; filter by it',
      'Kubernetes group or policy: AmazonEKSAdminViewPolicy; leads to cluster admin; reads all secrets, cluster-wide; filter by it',
      'Kubernetes role: developer; Role in payments; filter by it',
      'Kubernetes role: onboarding; leads to cluster admin; may bind roles, ClusterRole cluster-wide; filter by it',
    ])
      expect(all).toContain(name);
    expect(all).toContainEqual(
      expect.stringMatching(/^Who: Nobody; no access, the role doesn't exist, as of .*; filter by it$/),
    );
    // The names of provisioned roles all start in the same way.
    expect(dom.find('.graph-box', /ReadOnly_7e1/).textContent).toMatch(
      /AWSReservedSSO_…ReadOnly_7e10d4b5832fc96a/,
    );
    expect(dom.find('.graph-box', /ReadOnly_7e1/).title).toBe(
      'larkfield-prod, AWSReservedSSO_ReadOnly_7e10d4b5832fc96a',
    );
    expect(dom.find('.graph-box', 'Group: Payments').title).toBe('Payments');
  });

  test('is red or dashed as its name says', async () => {
    const dom = await openGraph();
    for (const place of dom.document.querySelectorAll('.graph-place')) {
      const name = nameOf(place.querySelector('.graph-box'));
      expect([name, place.classList.contains('admin')]).toEqual([
        name,
        name.includes('leads to cluster admin'),
      ]);
      const isOpen = /; (?:unknown|no access|gone)(?:, .*)?(?:;|$)/.test(name);
      expect([name, place.classList.contains('open')]).toEqual([name, isOpen]);
      expect([name, place.querySelector('.graph-mark') !== null]).toEqual([name, name.includes('leads to')]);
    }
    const lines = [...dom.document.querySelectorAll('.graph-line')];
    expect(lines.filter((line) => line.classList.contains('open')).length).toBeGreaterThan(3);
    // Red ones are drawn last, over the others.
    const isRed = lines.map((line) => line.classList.contains('admin'));
    expect(isRed).toEqual([...isRed].sort());
    expect(isRed).toContain(true);
  });

  test('filters by what it represents, removes its filter again, and keeps the focus', async () => {
    const dom = await openGraph();
    const before = names(dom);
    await dom.click('a.graph-box', /^Permission set: SecurityAudit/);
    expect(dom.hash).toBe('tab=graph&set=SecurityAudit');
    expect(names(dom, 'Permission set')).toEqual([
      'Permission set: SecurityAudit; leads to cluster admin; in larkfield-prod; remove this filter',
    ]);
    expect(nameOf(focused(dom))).toMatch(/^Permission set: SecurityAudit/);
    await dom.click('a.graph-box', /^Entry: /);
    expect(Object.keys(Object.fromEntries(new URLSearchParams(dom.hash)))).toEqual(['tab', 'set', 'entry']);
    await dom.click('a.graph-box', /^Permission set: /);
    await dom.press('Enter');
    await dom.click('a.graph-box', /^Permission set: /);
    await dom.click('a.graph-box', /^Entry: .*remove this filter$/);
    expect(names(dom)).toEqual(before);
    expect(dom.hash).toBe('tab=graph');
  });

  test('of an entry filters by its cluster, too, if there are several', async () => {
    const other = { cluster: 'dev', clusterArn: 'arn:aws:eks:eu-west-1:111122223333:cluster/dev' };
    const dom = await openGraph(pageOf([{}, other]));
    expect(
      names(dom, 'Entry')
        .map((name) => / in (.*?);/.exec(name)?.[1])
        .sort(),
    ).toEqual(['dev', 'prod']);
    await dom.click('a.graph-box', /^Entry: .* in dev;/);
    expect(new URLSearchParams(dom.hash).get('cluster')).toBe(other.clusterArn);
    expect(names(dom, 'Who')).toEqual([expect.stringContaining('person-001')]);
  });

  test('of an account has its ID if others have the same name', async () => {
    const accountOf = async (accountName: string) => {
      const other = { accountId: '222233334444', accountName, permissionSet: 'Ops' };
      const dom = await openGraph(pageOf([{ accountName: 'prod' }, other]));
      return names(dom, 'Account')
        .map((name) => name.split(';', 1)[0])
        .sort();
    };
    expect(await accountOf('dev')).toEqual(['Account and role: dev', 'Account and role: prod']);
    expect(await accountOf('prod')).toEqual([
      'Account and role: 111122223333',
      'Account and role: 222233334444',
    ]);
  });

  test('says what became of the rows of a person', async () => {
    const same = { permissionSet: 'View' };
    const dom = await openGraph(
      pageOf([
        { change: 'new' },
        { change: 'gone', access: 'none' },
        { change: 'changed' },
        {},
        { change: 'new', ...same },
      ]),
    );
    const wordOf = (name: string) => dom.find('.graph-box', name).querySelector('.graph-word')?.textContent;
    expect(['000', '001', '002', '003'].map(wordOf)).toEqual(['new', 'gone', 'changed', undefined]);
  });
});

describe('people with the same access', () => {
  const many = pageOf([...Array.from({ length: 120 }, () => ({})), { permissionSet: 'View' }]);

  test('are one box, which shows their names on a click', async () => {
    const dom = await openGraph(many);
    expect(names(dom, 'Who').sort()).toEqual([
      'Who: 120 people; leads to cluster admin; person-000@example.com, person-001@example.com, person-002@example.com and 117 more',
      'Who: person-120@example.com; leads to cluster admin; filter by it',
    ]);
    const shown = () => dom.texts('.graph-names li');
    const place = () => dom.find('.graph-place', '120 people');
    const height = () => Number.parseFloat(place().style.height);
    expect(shown()).toEqual([]);
    const closed = height();
    await dom.click('button.graph-box');
    expect(dom.find('button.graph-box').getAttribute('aria-expanded')).toBe('true');
    expect(focused(dom)).toBe(dom.find('button.graph-box'));
    expect(shown()).toHaveLength(51);
    expect(shown().slice(-2)).toEqual(['person-049@example.com', '70 more']);
    expect(height()).toBe(closed + 51 * 22);
    await dom.click('.graph-names button');
    expect(shown().slice(49, 51)).toEqual(['person-049@example.com', 'person-050@example.com']);
    expect(shown().at(-1)).toBe('20 more');
    // The focus goes on with the names that are new.
    expect(focused(dom)?.textContent).toBe('person-050@example.com');
    await dom.click('.graph-names button');
    expect(shown()).toHaveLength(120);
    expect(height()).toBe(closed + 120 * 22);
    await dom.click('button.graph-box');
    expect(shown()).toEqual([]);
    expect(dom.find('button.graph-box').getAttribute('aria-expanded')).toBe('false');
    expect(height()).toBe(closed);
    expect(focused(dom)).toBe(dom.find('button.graph-box'));
  });

  test('each name leads to their rows in the table', async () => {
    const dom = await openGraph(many, '&search=person');
    await dom.click('button.graph-box');
    await dom.click('.graph-names a', 'person-007@example.com');
    expect(dom.hash).toBe('search=person&person=USER%2Fperson-007%40example.com');
    expect(dom.texts('#panel-table tbody tr')).toEqual([expect.stringContaining('person-007@example.com')]);
  });

  test("a box that doesn't stand below another is as high as what it shows", async () => {
    const dom = await openGraph(many);
    const heights = [...dom.document.querySelectorAll<HTMLElement>('.graph-place')].map((place) => [
      place.querySelector('.graph-detail') === null,
      place.style.height,
    ]);
    expect(new Set(heights.map(String))).toEqual(new Set(['true,30px', 'false,46px']));
  });

  test('deleted people are named as such', async () => {
    const gone = (id: string): Person => ({
      access: 'none',
      reason: 'deleted',
      principal: { type: 'USER', id, name: null },
    });
    const dom = await openGraph(
      pageOf([gone('u-a'), gone('u-b'), { ...gone('u-c'), permissionSet: 'View' }]),
    );
    expect(names(dom, 'Who').sort()).toEqual([
      'Who: 2 deleted people; no access, u-a, u-b',
      'Who: u-c; no access, deleted user; filter by it',
    ]);
  });
});

describe('columns', () => {
  test('have their headings over them', async () => {
    const dom = await openGraph();
    const px = (one: Element | undefined, side: 'left' | 'width') =>
      Number.parseFloat((one as HTMLElement).style[side]);
    const headings = [...dom.document.querySelectorAll('.graph-headings > div')];
    expect(headings.map((one) => one.querySelector('strong')?.textContent)).toEqual([
      'Who',
      'Group',
      'Permission set',
      'Account and role',
      'Entry',
      'Kubernetes group or policy',
      'Kubernetes role',
    ]);
    expect(headings.map((one) => one.querySelector('span')?.textContent)).toEqual([
      'a person, or an IAM identity',
      'in Identity Center',
      'what is assigned',
      'the IAM role to sign in with',
      'turns the role into a username',
      'a group counts through its roles',
      'permissions and where',
    ]);
    const lists = [...dom.document.querySelectorAll('.graph-boxes ul')];
    expect(lists).toHaveLength(7);
    for (const [index, list] of lists.entries()) {
      const left = px(headings[index], 'left');
      const lefts = [...list.querySelectorAll('.graph-place')].map((place) => px(place, 'left'));
      expect(new Set(lefts)).toEqual(new Set([left]));
      expect(px(headings[index + 1] ?? dom.find('.graph-canvas'), index < 6 ? 'left' : 'width')).toBe(
        left + px(headings[index], 'width'),
      );
    }
  });

  test('are lists from top to bottom, which say how many boxes they have', async () => {
    const dom = await openGraph();
    for (const list of dom.document.querySelectorAll('.graph-boxes > ul')) {
      const tops = [...list.children].map((place) => Number.parseFloat((place as HTMLElement).style.top));
      expect(tops).toEqual([...tops].sort((one, other) => one - other));
      expect(list.getAttribute('aria-label')).toMatch(new RegExp(`, ${tops.length}$`));
    }
    expect(dom.document.querySelector('.graph-boxes ul')?.getAttribute('aria-label')).toMatch(/^Who, \d/);
  });

  test('are left out if they have no boxes', async () => {
    const dom = await openGraph(null, '&search=break-glass');
    expect(dom.texts('.graph-headings strong')).toEqual(['Who', 'Entry', 'Kubernetes group or policy']);
  });
});

test('the paths through a box are lit under the pointer and with the focus', async () => {
  const dom = await openGraph();
  const lit = () =>
    [...dom.document.querySelectorAll('.graph-place.lit .graph-box')].map((box) =>
      nameOf(box).replace(/[,;].*$/, ''),
    );
  const canvas = dom.find('.graph-canvas');
  const point = (target: Element, type: string) =>
    target.dispatchEvent(new dom.window.Event(type, { bubbles: type === 'pointerover' }));
  point(dom.find('.graph-box', /^Permission set: SecurityAudit/), 'pointerover');
  expect(canvas.classList.contains('follows')).toBe(true);
  expect(lit()).toEqual([
    'Who: 2 people',
    'Group: Security',
    'Permission set: SecurityAudit',
    'Account and role: larkfield-prod',
    'Entry: sso:{{SessionName}}',
    'Kubernetes group or policy: AmazonEKSAdminViewPolicy',
  ]);
  expect(dom.document.querySelectorAll('.graph-line.lit')).toHaveLength(5);
  point(canvas, 'pointerleave');
  expect(lit()).toEqual([]);
  expect(dom.document.querySelectorAll('.graph-line.lit')).toHaveLength(0);
  expect(canvas.classList.contains('follows')).toBe(false);
  dom.find('a.graph-box', /^Who: vendor-oncall/).focus();
  expect(lit()[0]).toBe('Who: vendor-oncall');
  dom.find('input[type=search]').focus();
  expect(lit()).toEqual([]);
  point(dom.find('.graph-canvas svg'), 'pointerover');
  expect(canvas.classList.contains('follows')).toBe(false);
});

describe('the region', () => {
  test('fits a wide window and a sheet, and is no narrower than what can be read', async () => {
    const html = (await realistic).stdout;
    const widths = [];
    for (const width of [390, 1440, 2560]) {
      const dom = await openDom(html, { hash: 'tab=graph', width });
      const { style } = dom.find('.graph-canvas');
      widths.push(Number.parseFloat(style.width));
      expect(Number(style.getPropertyValue('--graph-on-paper'))).toBeCloseTo(960 / (widths.at(-1) ?? 0));
      expect(dom.find('.graph-boxes svg').getAttribute('width')).toBe(String(widths.at(-1)));
      expect(dom.find('.graph-boxes svg').getAttribute('aria-hidden')).toBe('true');
      // There is room for the whole name.
      expect(/…ViewPolicy/.test(dom.text('.graph-boxes'))).toBe(width < 2000);
      await dom.close();
    }
    const [phone = 0, desk = 0, wide = 0] = widths;
    expect(phone).toBeGreaterThan(1_000);
    expect(phone).toBeLessThan(1_300);
    expect(desk).toBeGreaterThan(1_300);
    expect(desk).toBeLessThan(1_440 - 48);
    expect(wide).toBeGreaterThan(1_800);
  });

  test('can be reached by the keyboard, to scroll it', async () => {
    const dom = await openGraph();
    const region = dom.find('.graph-region');
    expect(region.getAttribute('tabindex')).toBe('0');
    expect(region.getAttribute('role')).toBe('region');
    expect(region.getAttribute('aria-label')).toContain('Graph');
    expect(dom.text('.graph-legend')).toContain('● Red: leads to cluster admin');
  });

  test('is drawn only while its tab is open, and for the rows that are selected', async () => {
    const dom = await openDom((await realistic).stdout);
    expect(dom.document.querySelectorAll('.graph-box')).toHaveLength(0);
    await dom.go('tab=graph&search=emil');
    expect(names(dom, 'Who')).toEqual([expect.stringContaining('emil.novak')]);
    await dom.type('input[type=search]', 'nadia');
    expect(names(dom, 'Who')).toEqual([expect.stringContaining('nadia.haddad')]);
  });

  test('of very many rows is drawn after the last keystroke', async () => {
    const dom = await openDom(dataOf(people(20_000)), { hash: 'tab=graph&search=person-1999' });
    const few = [expect.stringMatching(/^Who: 11 people/)];
    const all = [expect.stringMatching(/^Who: 20,000 people/)];
    expect(names(dom, 'Who')).toEqual(few);
    const clear = () => {
      const field = dom.find('input[type=search]') as HTMLInputElement;
      field.value = '';
      field.dispatchEvent(new dom.window.Event('input', { bubbles: true }));
    };
    clear();
    expect(names(dom, 'Who')).toEqual(few);
    await dom.settle();
    expect(names(dom, 'Who')).toEqual(all);
    await dom.type('input[type=search]', 'person-1999');
    expect(names(dom, 'Who')).toEqual(few);
    // Not for a tab that was left meanwhile.
    clear();
    await dom.click('[role=tab]', 'Table');
    expect(names(dom, 'Who')).toEqual(few);
    await dom.click('[role=tab]', 'Graph');
    expect(names(dom, 'Who')).toEqual(all);
  });

  test('no rows leave a sentence, not an empty graph', async () => {
    const dom = await openGraph(null, '&search=nothing-has-this');
    expect(dom.text('.graph')).toContain('No rows match');
    expect(dom.texts('.graph-region, .graph-legend')).toEqual([]);
    await dom.go('tab=graph');
    expect(dom.text('.graph')).not.toContain('No rows match');
    expect(names(dom).length).toBeGreaterThan(50);
  });
});

describe('too many boxes', () => {
  const counted = /The graph of ([\d,]+) rows has ([\d,]+) boxes: too many to read\. Filter to 300 or fewer/;

  test('are counted, not drawn, and it says which filters help', async () => {
    const dom = await openGraph(crowd(5));
    expect(dom.texts('.graph-region, .graph-legend')).toEqual([]);
    expect(names(dom)).toEqual([]);
    const [, rows, boxes = ''] = counted.exec(dom.text('.graph-status')) ?? [];
    expect(dom.text('.bar')).toContain(rows);
    expect(Number(boxes.replace(',', ''))).toBeGreaterThan(300);
    const links = dom.texts('.graph-status a');
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      await dom.click('.graph-status a', link);
      expect(names(dom).length).toBe(Number(/\((\d+) boxes\)$/.exec(link)?.[1]));
      expect(names(dom).length).toBeLessThanOrEqual(300);
      expect(dom.text('.graph')).not.toMatch(counted);
      await dom.go('tab=graph');
    }
  });

  test('a filter that helps is offered for the most rows that can be drawn', async () => {
    const rowsIn = (permissionSet: string, count: number, cluster = 'prod') =>
      Array.from({ length: count }, (_, index) => ({
        permissionSet,
        cluster,
        via: `${permissionSet}-${index}`,
      }));
    const sets = [...rowsIn('A', 1), ...rowsIn('B', 160), ...rowsIn('C', 90), ...rowsIn('D', 40)];
    const dom = await openGraph(pageOf(sets));
    expect(dom.texts('.graph-status a')).toEqual([
      'Permission set: C (184 boxes)',
      'Through group: A-0 (6 boxes)',
    ]);
    await dom.go('tab=graph&set=B');
    expect(dom.texts('.graph-status a')).toEqual(['Through group: B-0 (6 boxes)']);
    expect(dom.text('.graph-status')).toContain(
      'has 324 boxes: too many to read. Filter to 300 or fewer, such as by:',
    );
    await dom.go('tab=graph&set=B&via=B-1');
    expect(names(dom, 'Group')).toHaveLength(1);
  });

  test('may be too many whatever one of these filters leaves', async () => {
    const rows = Array.from({ length: 151 }, (_, index) => {
      const id = `arn:aws:iam::111122223333:role/r-${index}`;
      const principal = { type: 'IAM_ROLE', id, name: `r-${index}` } as const;
      return rowOf(
        { principal, permissionSet: null, via: null, routes: [] },
        entryOf({ id, groups: [`g-${index}`] }),
      );
    });
    const dom = await openGraph(dataOf(rows));
    expect(dom.text('.graph-status')).toMatch(/boxes: too many to read\. Filter to 300 or fewer\.$/);
  });

  test('are 301, not 300', async () => {
    const groups = (count: number) =>
      pageOf(Array.from({ length: count }, (_, index) => ({ via: `g-${index}`, permissionSet: null })));
    const some = await openGraph(groups(149));
    expect(names(some)).toHaveLength(300);
    const more = await openGraph(groups(150));
    expect(more.text('.graph-status')).toContain('has 302 boxes');
    await more.close();
  });

  test('the focus stays in the graph', async () => {
    const dom = await openGraph(crowd(5));
    await dom.click('.graph-status a');
    await dom.click('a.graph-box', /^Group: /);
    const chosen = focused(dom);
    expect(nameOf(chosen)).toMatch(/^Group: .*remove this filter$/);
    await dom.go('tab=graph');
    expect(focused(dom)?.className).toBe('graph-status');
  });
});

test('names are text, whatever they are', async () => {
  const name = '<img src=x onerror=alert(1)>\u202Eevil';
  const row = { permissionSet: name, via: name, accountName: name };
  const dom = await openGraph(pageOf([row, { ...row, via: '</script>' }]));
  expect(dom.document.querySelectorAll('.graph img, .graph script')).toHaveLength(0);
  expect(names(dom, 'Permission set')).toEqual([
    'Permission set: <img src=x onerror=alert(1)>\\u{202e}evil; leads to cluster admin; in <img src=x onerror=alert(1)>\\u{202e}evil; filter by it',
  ]);
  expect(dom.find('.graph').textContent).not.toContain('\u202E');
});

test('CSV has the rows that are drawn', async () => {
  const dom = await openGraph(null, '&set=SecurityAudit');
  await dom.click('button', 'Save as CSV');
  const [file] = await dom.saved();
  const lines = file?.text.trim().split(/\r?\n/) ?? [];
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.slice(1).every((line) => line.includes('SecurityAudit'))).toBe(true);
});
