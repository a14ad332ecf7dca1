import { listed } from '../../text.ts';
import type { PageWarning } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { count, limitTexts, sentence, titleOf } from '../texts.ts';
import { viewToHash, WHOLE_VIEW } from '../view.ts';
import { aboutView } from './about.ts';
import { type ClusterLine, type Figure, type FigureKey, SOURCES, type SourceKey } from './clusters.ts';
import type { Counted, Filters } from './count.ts';
import { dayView, shortDay, timeView } from './dates.ts';
import { type Child, type Markup, markup } from './markup.ts';
import { type Line, OF_COMPARISON, type Part, type Summary, summaryOf } from './model.ts';

/** The top of a page as HTML, which needs no program: its links are views of the table. */
export function summaryHtml(rows: PageRows): Markup {
  const { data } = rows;
  const summary = summaryOf(rows);
  const limits = limitTexts(data);
  return markup(
    'header',
    {},
    // For the keyboard, the first thing to reach.
    markup('a', { class: 'skip', href: '#app' }, 'Skip to the table'),
    markup(
      'div',
      { class: 'head' },
      markup('h1', { class: 'name' }, titleOf(data)),
      markup(
        'p',
        { class: data.asOf === null ? 'doubt' : 'muted' },
        ...(data.asOf === null
          ? ['AWS not read: who has which role is unknown']
          : ['AWS read ', timeView(data.asOf)]),
      ),
      aboutView(data),
    ),
    limits.length === 0
      ? null
      : markup('ul', { class: 'limits' }, ...limits.map((text) => markup('li', { class: 'name' }, text))),
    clustersView(rows, summary.clusters),
    summary.changes && changesView(rows, summary.changes),
    attentionView(rows, summary),
  );
}

function link(filters: Filters, attributes: { readonly class?: string }, ...children: Child[]): Markup {
  return markup('a', { ...attributes, href: `#${viewToHash({ ...WHOLE_VIEW, filters })}` }, ...children);
}

const FIGURES: Readonly<Record<FigureKey, string>> = {
  people: 'People',
  admins: 'Admins',
  routes: 'Can become admin',
  changed: 'Changed',
};

/** A row for each cluster and each place that couldn't be read; roles are stated, since phones show blocks. */
function clustersView({ data: { since } }: PageRows, clusters: readonly ClusterLine[]): Markup {
  const figures = (Object.keys(FIGURES) as FigureKey[]).filter((key) => since !== null || key !== 'changed');
  const sinceText = since && `Changed since ${since.asOf === null ? since.file : shortDay(since.asOf)}`;
  const headers = [
    'Cluster',
    'Account · region',
    ...figures.map((key) => (key === 'changed' ? (sinceText ?? '') : FIGURES[key])),
    ...Object.values(SOURCES),
  ];
  const head = headers.map((text) => markup('th', { scope: 'col', role: 'columnheader' }, text));
  const rows = clusters.map((cluster) =>
    markup(
      'tr',
      { role: 'row', class: cluster.unread && 'unread' },
      markup(
        'th',
        { scope: 'row', role: 'rowheader' },
        link(cluster.filters, { class: 'name' }, cluster.name),
        cluster.isNew ? markup('span', { class: 'badge' }, 'new') : null,
      ),
      cell('place name', '', cluster.place),
      ...figures.map((key) => figureView(key, cluster.figures?.[key] ?? null)),
      ...sourceViews(cluster),
    ),
  );
  return markup(
    'div',
    { class: 'clusters', role: 'region', 'aria-label': 'Clusters', tabindex: 0 },
    markup(
      'table',
      { role: 'table' },
      markup('thead', { role: 'rowgroup' }, markup('tr', { role: 'row' }, ...head)),
      markup('tbody', { role: 'rowgroup' }, ...rows),
    ),
  );
}

function cell(style: string, label: string, ...children: Child[]): Markup {
  return markup('td', { role: 'cell', class: style, 'data-label': label === '' ? null : label }, ...children);
}

/** @param figure null if nothing was read */
function figureView(key: FigureKey, figure: Figure | null): Markup {
  const label = key === 'routes' ? 'Can become' : FIGURES[key];
  if (!figure) return cell('figure lack', label, '–');
  const { number, filters, lacks } = figure;
  if (number === 0 && lacks !== null) return cell('figure lack', label, '– ', markup('small', {}, lacks));
  const isGrave = number > 0 && (key === 'admins' || key === 'routes');
  return cell(
    'figure',
    label,
    lacks === null ? null : markup('small', {}, 'at least '),
    number === 0 ? '0' : link(filters, { class: isGrave ? 'danger' : '' }, count(number)),
  );
}

function sourceViews({ sources, unread }: ClusterLine): Markup[] {
  if (unread)
    return [
      markup(
        'td',
        { role: 'cell', class: 'source lack', colspan: Object.keys(SOURCES).length },
        `– not read: ${unread.cause}`,
      ),
    ];
  return (Object.keys(SOURCES) as SourceKey[]).map((key) => {
    const { text = '', isMissing = false } = sources?.[key] ?? {};
    if (text === '')
      return cell(
        'source read',
        SOURCES[key],
        markup('span', { 'aria-hidden': 'true' }, '✓'),
        markup('span', { class: 'hidden-text' }, 'read'),
      );
    return cell(`source ${isMissing ? 'lack' : ''}`, SOURCES[key], isMissing ? `– ${text}` : text);
  });
}

/** Changes since an earlier run, with the doubts of the comparison. */
function changesView({ data: { since, warnings } }: PageRows, changes: readonly Line[]): Markup | null {
  if (!since) return null;
  const found = changes.filter(({ number }) => number > 0);
  const none = changes.filter(({ number, key }) => number === 0 && !key.endsWith('-clusters'));
  const doubts = [
    ...since.doubts,
    ...warnings
      .filter(({ code }) => OF_COMPARISON.has(code))
      .map(({ message, help }) => [message, ...(help === undefined ? [] : [help])].map(sentence).join(' ')),
  ];
  return markup(
    'section',
    { 'aria-labelledby': 'changes-title' },
    markup(
      'h2',
      { id: 'changes-title' },
      'What changed since ',
      since.asOf === null ? 'the earlier run' : dayView(since.asOf),
      markup('span', { class: 'beside name' }, `compared with ${since.file}`),
    ),
    ...found.map(lineView),
    found.length === 0
      ? markup('p', {}, 'Nothing changed in the rows that were compared.')
      : none.length === 0
        ? null
        : markup('p', { class: 'muted' }, `None: ${none.map(({ title }) => title).join(', ')}.`),
    doubts.length === 0
      ? null
      : markup(
          'ul',
          { class: 'doubts' },
          ...doubts.map((text) => markup('li', { class: 'name doubt' }, sentence(text))),
        ),
  );
}

function attentionView(rows: PageRows, { clusters, attention }: Summary): Markup {
  return markup(
    'section',
    { 'aria-labelledby': 'attention-title' },
    markup('h2', { id: 'attention-title' }, 'Needs attention'),
    ...verdict(rows, clusters, attention).map((text) => markup('p', { class: 'name' }, text)),
    ...attention.map(lineView),
  );
}

/** Without admins: what was looked at, and what wasn't, so that nobody takes silence for an answer. */
function verdict({ data }: PageRows, clusters: readonly ClusterLine[], attention: readonly Line[]): string[] {
  if (attention.some(({ tone }) => tone === 'danger')) return [];
  const read = clusters.filter(({ unread }) => unread === null);
  if (read.length === 0) return ['No cluster was read, so who has access is unknown.'];
  const missing = (Object.keys(SOURCES) as SourceKey[]).flatMap((key) => {
    const those = read.filter(({ sources }) => sources?.[key].isMissing);
    if (those.length === 0) return [];
    const names =
      those.length === read.length
        ? ''
        : ` of ${listed(
            those.map((one) => one.fullName),
            3,
          )}`;
    return [
      `${key === 'assignments' || key === 'accessEntries' ? SOURCES[key].toLowerCase() : SOURCES[key]}${names}`,
    ];
  });
  const unread = clusters.filter((one) => one.unread !== null).map(({ fullName }) => fullName);
  const notRead = [...missing, ...(unread.length === 0 ? [] : [listed(unread, 3)])];
  const rest = notRead.length === 0 ? [] : [`Not read: ${notRead.join('; ')}.`];
  const empty = data.clusters.every(
    ({ file, authenticationMode, withoutEntries }) =>
      (file === null || withoutEntries.includes('aws-auth')) &&
      (authenticationMode === null || withoutEntries.includes('access-entry')),
  );
  if (empty) {
    const files = data.clusters.map(({ file, name }) => file?.name ?? name ?? 'the cluster');
    const verb = files.length === 1 ? 'has no entries, so it grants' : 'have no entries, so they grant';
    return [`${listed(files, 3)} ${verb} nobody access.`, ...rest];
  }
  const isLimited = limitTexts(data).length > 0;
  const where = isLimited ? ' among the rows of this page' : notRead.length > 0 ? ' in what was read' : '';
  return [`No admins were found, and nobody who can become admin${where}.`, ...rest];
}

/** Names that stand beside a title. */
const MOST_BESIDE = 2;

function lineView({ tone, title, number, preview, previewed, text, filters, names, parts, ...more }: Line) {
  const { moreParts, warnings } = more;
  const mark = { danger: '●', warn: '▲', quiet: '' }[tone];
  const rest = previewed - MOST_BESIDE;
  return markup(
    'details',
    { class: `line ${tone}` },
    markup(
      'summary',
      {},
      markup('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
      markup('span', { class: 'number' }, count(number)),
      markup('span', { class: 'title' }, title),
      markup(
        'span',
        { class: 'beside name' },
        preview.slice(0, MOST_BESIDE).join(', '),
        rest > 0 ? ` +${count(rest)}` : null,
      ),
    ),
    markup(
      'div',
      { class: 'opened' },
      text === '' ? null : markup('p', { class: 'means' }, text),
      filters &&
        markup(
          'p',
          {},
          link(filters, {}, number === 1 ? 'Show in the table' : `Show all ${count(number)} in the table`),
        ),
      parts.length === 0 && filters ? namesView({ names, number, filters }) : null,
      parts.length === 0 ? null : markup('ul', { class: 'parts' }, ...parts.map(partView)),
      warnings.length === 0 ? null : markup('ul', { class: 'parts' }, ...warnings.map(warningView)),
      moreParts === 0
        ? null
        : markup('p', {}, link(filters ?? {}, {}, `${count(moreParts)} more: show in the table`)),
    ),
  );
}

function partView({ label, number, filters, means, names, through, help }: Part): Markup {
  return markup(
    'li',
    {},
    markup(
      'p',
      { class: 'part' },
      link(filters, { class: 'name' }, label),
      markup('span', { class: 'number' }, count(number)),
    ),
    means === '' ? null : markup('p', { class: 'means' }, means),
    ...help.map(helpView),
    namesView({ names, number, filters }),
    through.length === 0
      ? null
      : markup(
          'p',
          { class: 'muted' },
          'Granted by ',
          ...through.flatMap((one, index) => [
            index === 0 ? null : ', ',
            link(one.filters, { class: 'name' }, one.label),
            ` ${count(one.number)}`,
          ]),
        ),
  );
}

function warningView({ place, message, help = '' }: PageWarning): Markup {
  return markup(
    'li',
    {},
    markup('p', { class: 'name' }, place === null ? sentence(message) : `${place}: ${sentence(message)}`),
    ...help.split('\n').map(helpView),
  );
}

/** Commands stand between backquotes. */
function helpView(text: string): Markup | null {
  if (text === '') return null;
  const parts = text.split('`').map((one, index) => (index % 2 === 1 ? markup('code', {}, one) : one));
  return markup('p', { class: 'muted name' }, ...parts);
}

/** The first names, each whole, and a link to the others. */
function namesView({ names, number, filters }: Counted): Markup {
  const rest = number - names.length;
  return markup(
    'p',
    { class: 'names' },
    ...names.flatMap((name, index) => [index === 0 ? null : ', ', markup('span', { class: 'name' }, name)]),
    ...(rest > 0 ? [', ', link(filters, {}, `${count(rest)} more: show in the table`)] : []),
  );
}
