import { GET_RBAC } from '../../../rbac/model.ts';
import type { PageWarning } from '../../data.ts';
import { element } from '../dom.ts';
import type { Page } from '../page.ts';
import { rowsLink } from '../rows-link.ts';
import { count as countText, KINDS, kindText, limitTexts } from '../texts.ts';
import type { Count } from './counts.ts';
import { type OpenItem, type OpenPart, openItems } from './open-items.ts';

/** Things that may need a change, and unknown ones; the most severe first. */
export function openList(page: Page): HTMLElement {
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

function itemView(page: Page, { severity, title, text, count, partsLabel, parts }: OpenItem): HTMLLIElement {
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
function partsView(page: Page, label: string, parts: OpenItem['parts']): HTMLElement[] {
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
  page: Page,
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
  page: Page,
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

function partView(page: Page, { text, count }: Pick<OpenPart, 'text' | 'count'>): HTMLElement {
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
function withoutRbac({ rows: { data } }: Page): HTMLLIElement[] {
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
function reassurance({ rows: { data } }: Page, open: readonly OpenItem[], isAll: boolean): HTMLElement[] {
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
export function breakdown(page: Page, { kinds, unlisted, filters }: Count): HTMLElement {
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
