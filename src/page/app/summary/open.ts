import { GET_RBAC } from '../../../rbac/model.ts';
import { RISKS, type Risk } from '../../../rbac/ways-to-admin.ts';
import { compareStrings } from '../../../text.ts';
import type { WhoRow } from '../../../who/rows.ts';
import { NOBODY_REASONS } from '../../../who/way.ts';
import type { PageWarning } from '../../data.ts';
import { PEOPLE_UNKNOWN, throughValue } from '../../facets.ts';
import { count as countText, KINDS, kindText, limitTexts, nobodyText, RISK_MEANINGS } from '../../texts.ts';
import type { View } from '../../view.ts';
import { element } from '../dom.ts';
import type { PageState } from '../page.ts';
import { rowsLink } from '../rows-link.ts';
import { type Count, countIn } from './counts.ts';

/** Things that may need a change, and unknown ones; the most severe first. */
export function openList(page: PageState): HTMLElement {
  const open = openItems(page);
  const { warnings } = page.rows.data;
  const isAboutAnybody = ({ code }: PageWarning) => code === 'anybody';
  const of = (severity: OpenItem['severity']) =>
    open.filter((item) => item.severity === severity).map((item) => itemView(page, item));
  const items = [
    ...warnings.filter(isAboutAnybody).map((one) => warningView(one, 'danger')),
    ...of('danger'),
    ...of('warn'),
    ...withoutRbac(page),
    ...warnings.filter((one) => !isAboutAnybody(one)).map((one) => warningView(one, 'warn')),
    ...of('quiet'),
  ];
  return element(
    'section',
    { class: 'open-section', 'aria-labelledby': 'open-title' },
    element('h2', { id: 'open-title' }, 'Needs attention'),
    ...reassurance(page, open, items.length === 0),
    ...(items.length === 0 ? [] : [element('ul', { class: 'open-list' }, ...items)]),
  );
}

function itemView(
  page: PageState,
  { severity, title, text, count, partsLabel, parts }: OpenItem,
): HTMLLIElement {
  return element(
    'li',
    { class: `open-item ${severity}` },
    element(
      'div',
      { class: 'open-title' },
      element(
        'h3',
        {},
        rowsLink(
          page,
          count.filters,
          {},
          element('span', { class: 'open-number' }, countText(count.number)),
          ' ',
          element('span', {}, title),
        ),
      ),
      ...(count.kinds.size > 0 ? [breakdown(page, count)] : []),
    ),
    element('p', {}, text),
    ...partsView(page, partsLabel, parts),
  );
}

/** Parts in one line. Their meanings, and the roles that bring them, are below, on request. */
function partsView(page: PageState, label: string, parts: OpenItem['parts']): HTMLElement[] {
  if (parts.length === 0) return [];
  if (parts.every(({ means }) => means === '')) return throughView(page, label, parts);
  const views = parts.map(({ text, means, count, through }) =>
    element(
      'li',
      {},
      element('p', {}, rowsLink(page, count.filters, { class: 'open-route' }, text), `: ${means}`),
      ...throughView(page, 'Through', through),
    ),
  );
  return [
    lineView(page, label, parts),
    element(
      'details',
      { class: 'route-meanings' },
      element('summary', {}, 'What these permissions allow, and what grants them'),
      element('ul', { class: 'open-routes', 'aria-label': label }, ...views),
    ),
  ];
}

/** `Routes  may bind roles 1  reads all secrets 3` */
function lineView(
  page: PageState,
  label: string,
  parts: readonly Pick<OpenPart, 'text' | 'count'>[],
): HTMLElement {
  return element(
    'div',
    { class: 'parts-line' },
    element('span', { class: 'muted' }, label),
    element('ul', { class: 'parts' }, ...parts.map((part) => partView(page, part))),
  );
}

/** Parts shown at once. */
const MOST_PARTS = 4;

/** The ones with most rows come first. */
function throughView(
  page: PageState,
  label: string,
  all: readonly Pick<OpenPart, 'text' | 'count'>[],
): HTMLElement[] {
  const sorted = [...all].sort((one, other) => other.count.number - one.count.number);
  const rest = sorted.slice(MOST_PARTS);
  return [
    lineView(page, label, sorted.slice(0, MOST_PARTS)),
    ...(rest.length === 0
      ? []
      : [
          element(
            'details',
            { class: 'more-parts' },
            element('summary', {}, `${countText(rest.length)} more`),
            element('ul', { class: 'parts' }, ...rest.map((part) => partView(page, part))),
          ),
        ]),
  ];
}

function partView(page: PageState, { text, count }: Pick<OpenPart, 'text' | 'count'>): HTMLElement {
  return element(
    'li',
    {},
    rowsLink(page, count.filters, { class: 'name' }, text),
    element('span', { class: 'muted' }, `\u00a0${countText(count.number)}`),
  );
}

const WARNING_TITLES: Readonly<Record<string, string>> = {
  anybody: 'Anyone may have access',
  'assignments-unknown': 'Assignments not read',
  'bindings-unknown': 'Kubernetes roles and bindings not given',
  'aws-auth-unknown': 'aws-auth not given',
  'cluster-unknown': 'Cluster not read',
  'cluster-unreadable': 'Cluster not read',
  'config-map-ignored': 'aws-auth has no effect',
  'entries-out-of-scope': 'Entries of other accounts left out',
  'old-inventory': 'AWS was read long ago',
  'nothing-compared': 'Not compared',
  'since-narrower': 'Compared in part',
  'since-newer': 'Compared with a later run',
  'unknown-kubernetes-group': 'Kubernetes group not found',
};

/** The title of a warning of the run, by its code. */
function warningTitle(code: string): string {
  if (Object.hasOwn(WARNING_TITLES, code)) return WARNING_TITLES[code] ?? '';
  return code.startsWith('rbac-') ? 'RBAC as it was given' : 'To be checked';
}

/** A warning of the run. */
function warningView(
  { code, message, help, place }: PageWarning,
  severity: OpenItem['severity'],
): HTMLLIElement {
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  const text = place === null ? sentence : `${place}: ${message}`;
  return noteView(severity, warningTitle(code), text, help?.split('\n') ?? []);
}

function noteView(
  severity: OpenItem['severity'],
  title: string,
  text: string,
  help: readonly string[],
): HTMLLIElement {
  return element(
    'li',
    { class: `open-item note ${severity}` },
    element('h3', {}, title),
    element('p', { class: 'name' }, text),
    // Commands stand between backquotes.
    ...help.map((line) =>
      element(
        'p',
        { class: 'muted name' },
        ...line.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part)),
      ),
    ),
  );
}

/** A page without bindings must not look complete. */
function withoutRbac({ rows: { data } }: PageState): HTMLLIElement[] {
  const { clusters, tables, warnings } = data;
  const isUnknown = clusters.some(({ rbac }) => rbac === null || !tables.rbac[rbac]?.knowsBindings);
  // With a question, a warning says the same.
  if (!isUnknown || warnings.some(({ code }) => code === 'bindings-unknown')) return [];
  const text =
    "RBAC, the cluster's roles and bindings, wasn't given: what Kubernetes groups may do is unknown, so there may be more routes to cluster admin.";
  return [
    noteView('warn', 'Kubernetes roles and bindings not given', text, [
      `To include it: \`${GET_RBAC} > rbac.yaml\`, then run with \`--rbac rbac.yaml\`.`,
    ]),
  ];
}

/** Says that no cluster admin was found, and how sure that is. */
function reassurance(
  { rows: { data } }: PageState,
  open: readonly OpenItem[],
  isAll: boolean,
): HTMLElement[] {
  if (open.some(({ severity }) => severity === 'danger')) return [];
  const isKnown =
    data.clusters.every(({ rbac }) => rbac !== null && data.tables.rbac[rbac]?.knowsBindings) &&
    data.tables.entries.every(({ unread }) => unread === null);
  const isLimited = limitTexts(data).length > 0;
  const found = 'No cluster admins and no known routes to become one were found';
  const where = isLimited ? ' among the rows of this page' : isKnown ? '' : ' in what was read';
  const isWhole = isAll && isKnown && !isLimited;
  const rest = isWhole ? ' Every entry has effect, and everything was read.' : '';
  return [element('p', { class: `reassurance ${isWhole ? 'ok' : ''}` }, `${found}${where}.${rest}`)];
}

/** `3 people`, `1 IAM role` and `through 2 groups`, each a link. */
export function breakdown(page: PageState, { kinds, unlisted, filters }: Count): HTMLElement {
  const shown = KINDS.flatMap((type) => {
    const number = kinds.get(type) ?? 0;
    const text = type === 'GROUP' ? groupsText(number, unlisted) : kindText(type, number);
    return number === 0 ? [] : [rowsLink(page, { ...filters, kind: [type] }, {}, text)];
  });
  return element('span', { class: 'breakdown' }, ...shown);
}

/** Groups whose members are listed are only how these have access; others are counted themselves. */
function groupsText(number: number, unlisted: number): string {
  const text = kindText('GROUP', number);
  if (unlisted === 0) return `through ${text}`;
  return unlisted === number
    ? `${text} (members not listed)`
    : `through ${text}, ${countText(unlisted)} without listed members`;
}

/** Something that may need a change, or that nobody knows. */
interface OpenItem {
  readonly severity: 'danger' | 'warn' | 'quiet';
  readonly title: string;
  readonly text: string;
  readonly count: Count;
  /** The word before the parts, such as "Through"; empty for none. */
  readonly partsLabel: string;
  /** A breakdown. */
  readonly parts: readonly OpenPart[];
}

interface OpenPart {
  readonly text: string;
  /** In a sentence; empty if the text says enough. */
  readonly means: string;
  readonly count: Count;
  /** The roles, groups and policies that bring it. */
  readonly through: readonly Pick<OpenPart, 'text' | 'count'>[];
}

const ADMIN = 'cluster-admin';

/** All that is open, the most severe first; all have a number above 0. */
export function openItems(page: Pick<PageState, 'rows' | 'selector'>): OpenItem[] {
  const { tables } = page.rows.data;
  const callers = (filters: View['filters']) => countIn(page, 'callers', filters);
  const risksOfEverybody = risksIn(tables.rights.flatMap((rights) => rights.risksOfEverybody));
  const route = { admin: ['route'] } as const;
  const risks = risksIn(tables.routes.flat()).filter((risk) => risk !== ADMIN);
  /** The roles, groups and policies that bring a risk. */
  const through = (risk: Risk, filters: View['filters']) => {
    const routes = tables.routes.flat().filter((one) => one.risk === risk);
    const byValue = new Map(routes.map((one) => [throughValue(one), one.through]));
    return Array.from(byValue, ([value, text]) => ({
      text,
      count: callers({ ...filters, through: [value] }),
    }));
  };
  const partOf = (risk: Risk, filters: View['filters']) => {
    return { text: RISKS[risk], means: RISK_MEANINGS[risk], count: callers(filters), through: [] };
  };
  const ofEverybody = (): OpenItem => ({
    severity: 'danger',
    title: 'Everyone with access could become cluster admin',
    text: 'Bindings grant these permissions to everyone who has access, whatever their groups.',
    count: callers({ everybody: risksOfEverybody }),
    partsLabel: 'Routes of everyone',
    parts: risksOfEverybody.map((risk) => partOf(risk, { everybody: [risk] })),
  });
  const items: readonly OpenItem[] = [
    // A filter without values would keep all rows.
    ...(risksOfEverybody.length > 0 ? [ofEverybody()] : []),
    {
      severity: 'danger',
      title: 'Cluster admins',
      text: `They ${RISK_MEANINGS[ADMIN]}`,
      count: callers({ risk: [ADMIN] }),
      partsLabel: 'Through',
      parts: through(ADMIN, {}).map((part) => ({ ...part, means: '', through: [] })),
    },
    {
      severity: 'danger',
      title: 'Could become cluster admin',
      text: "They aren't cluster admins, but each of these permissions is enough to become one.",
      count: callers(route),
      partsLabel: 'Routes',
      parts: risks.map((risk) => ({
        ...partOf(risk, { ...route, risk: [risk] }),
        through: through(risk, route),
      })),
    },
    ...uncertainItems(page),
  ];
  return items.filter(isFound).map((item) => {
    const parts = item.parts.filter(isFound);
    return { ...item, parts: parts.map((part) => ({ ...part, through: part.through.filter(isFound) })) };
  });
}

function isFound({ count }: { readonly count: Count }): boolean {
  return count.number > 0;
}

/** The greatest first. */
function risksIn(found: readonly { readonly risk: Risk }[]): readonly Risk[] {
  const known = new Set(found.map(({ risk }) => risk));
  return (Object.keys(RISKS) as Risk[]).filter((risk) => known.has(risk));
}

/** Items about unread and unknown things, and about entries and assignments that are left over. */
function uncertainItems(page: Pick<PageState, 'rows' | 'selector'>): OpenItem[] {
  const { entries, grants } = page.rows.data.tables;
  const causes = new Set(entries.flatMap(({ unread }) => unread?.cause ?? []));
  const reasons = new Set(grants.map(({ reason }) => reason));
  const item = (
    severity: OpenItem['severity'],
    {
      title,
      text,
      unit,
    }: {
      readonly title: string;
      readonly text: string;
      readonly unit: 'unread' | 'entries' | 'callers' | 'principals';
    },
    filters: View['filters'],
  ): OpenItem => ({
    severity,
    title,
    text,
    count: countIn(page, unit, filters),
    partsLabel: '',
    parts: [],
  });
  const withoutEffect = {
    title: 'Entries without effect',
    text: 'They grant nobody access. Remove those that are left over, and fix those that someone needs.',
    unit: 'entries',
  } as const;
  const text = "Clusters, or an account's clusters in a region, to which anyone may have access.";
  return [
    ...[...causes]
      .sort(compareStrings)
      .map((cause) =>
        item('warn', { title: `Not read: ${cause}`, text, unit: 'unread' }, { cause: [cause] }),
      ),
    ...Object.entries(UNKNOWN_REASONS).map(([reason, texts]) => item('warn', texts, { reason: [reason] })),
    {
      ...item('quiet', withoutEffect, { access: ['none'], reason: NOBODY }),
      partsLabel: 'Because',
      parts: NOBODY.filter((reason) => reasons.has(reason)).map((reason) => ({
        text: nobodyText(reason),
        means: '',
        count: countIn(page, 'entries', { access: ['none'], reason: [reason] }),
        through: [],
      })),
    },
    item(
      'quiet',
      {
        title: 'Deleted users and groups that are still assigned',
        text: 'They no longer have access, but Identity Center keeps their assignments.',
        unit: 'principals',
      },
      { reason: ['deleted'] },
    ),
  ];
}

/** Why it is unknown who has access, or what they may do. */
const UNKNOWN_REASONS = {
  [PEOPLE_UNKNOWN]: {
    title: "Roles whose people aren't known",
    text: "Who is assigned these permission sets wasn't read from AWS, so anyone might have these roles.",
    unit: 'entries',
  },
  'account-access': {
    title: 'Roles that more people may have',
    text: "Account access manager can assign these IAM roles to people. Who they are isn't read: its console lists them.",
    unit: 'entries',
  },
  'cluster-unknown': {
    title: 'Access that may not apply',
    text: "No cluster that was read matches the aws-auth file. A cluster's settings may override its entries.",
    unit: 'callers',
  },
  'bindings-unknown': {
    title: 'Permission unknown: no RBAC',
    text: "What their Kubernetes groups may do is unknown, because the cluster's roles and bindings weren't given.",
    unit: 'callers',
  },
  'access-policy': {
    title: 'Permission unknown: access policy without published rules',
    text: "AWS doesn't publish what their access policy allows. To check, run as one of them: kubectl auth can-i.",
    unit: 'callers',
  },
} as const;

/** Reasons of entries that grant no access to anyone. */
const NOBODY: readonly NonNullable<WhoRow['reason']>[] = Object.keys(
  NOBODY_REASONS,
) as (keyof typeof NOBODY_REASONS)[];
