import { listed } from '../../text.ts';
import type { PageData, PageWarning } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { clusterTitle, count, limitTexts, sentence, titleOf } from '../texts.ts';
import { viewToHash, WHOLE_VIEW } from '../view.ts';
import { aboutView } from './about.ts';
import { type ClusterLine, type Figure, type FigureKey, SOURCES, type SourceKey } from './clusters.ts';
import type { Counted, Filters } from './count.ts';
import { dateMarkup, html, joined, type Markup } from './markup.ts';
import { type LinePart, type Summary, type SummaryLine, summaryOf } from './model.ts';

/** The top of a page as HTML, which needs no program: its links are views of the table. */
export function summaryHtml(rows: PageRows): Markup {
  const { data } = rows;
  const summary = summaryOf(rows);
  const read =
    data.asOf === null
      ? html`<p class="muted">AWS not read: no entry in scope names an Identity Center role</p>`
      : html`<p class="muted">AWS read ${dateMarkup(data.asOf, true)}</p>`;
  const limits = limitTexts(data).map((text) => html`<li class="name">${text}</li>`);
  // For the keyboard, the link to the table is the first thing to reach.
  return html`<header>
<a class="skip" href="#app">Skip to the table</a>
<div class="head"><h1 class="name">${titleOf(data)}</h1>${read}${aboutView(data)}</div>
${limits.length === 0 ? null : html`<ul class="limits">${limits}</ul>`}
${clustersView(data, summary.clusters)}
${summary.changes && changesView(data, summary.changes)}
<section aria-labelledby="attention-title"><h2 id="attention-title">Needs attention</h2>
${verdict(data, summary).map((text) => html`<p class="name">${text}</p>`)}
${summary.attention.map(lineView)}</section>
</header>`;
}

function link(filters: Filters, text: string, style = 'name'): Markup {
  return html`<a class="${style}" href="#${viewToHash({ ...WHOLE_VIEW, filters })}">${text}</a>`;
}

// Templates of markup have only ASCII characters: the build would garble others.
const DASH = '–';
const CHECK = '✓';

const FIGURES: Readonly<Record<FigureKey, string>> = {
  people: 'People',
  admins: 'Admins',
  routes: 'Can become admin',
  changed: 'Changed',
};

/** A row for each cluster and each place that couldn't be read; roles are stated, since phones show blocks. */
function clustersView({ since }: PageData, clusters: readonly ClusterLine[]): Markup {
  const figures = (Object.keys(FIGURES) as FigureKey[]).filter((key) => since !== null || key !== 'changed');
  const sources = Object.keys(SOURCES) as SourceKey[];
  const day = since?.asOf ? html` since ${dateMarkup(since.asOf)}` : null;
  const headers = [
    ...['Cluster', 'Account · region'],
    ...figures.map((key) => (key === 'changed' ? [FIGURES[key], day] : FIGURES[key])),
    ...Object.values(SOURCES),
  ];
  const rows = clusters.map(
    (cluster) => html`<tr role="row">
<th scope="row" role="rowheader">${link(cluster.filters, cluster.name)}${cluster.isNew ? html` <span class="badge">new</span>` : null}</th>
<td role="cell" class="place name">${cluster.place}</td>
${figures.map((key) => figureView(key, cluster.figures?.[key] ?? null))}
${cluster.unread ? html`<td role="cell" class="source lack" colspan="${String(sources.length)}">${DASH} not read: ${cluster.unread.cause}</td>` : sources.map((key) => sourceView(key, cluster))}
</tr>`,
  );
  return html`<div class="clusters" role="region" aria-label="Clusters" tabindex="0"><table role="table">
<thead role="rowgroup"><tr role="row">${headers.map((text) => html`<th scope="col" role="columnheader">${text}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows}</tbody></table></div>`;
}

/** @param figure null if nothing was read */
function figureView(key: FigureKey, figure: Figure | null): Markup {
  const { number, filters, lacks } = figure ?? { number: 0, filters: {}, lacks: '' };
  const isLacking = number === 0 && lacks !== null;
  const isGrave = key === 'admins' || key === 'routes';
  const shown = number === 0 ? '0' : link(filters, count(number), isGrave ? 'danger' : '');
  const value = isLacking
    ? html`${DASH} <small>${lacks}</small>`
    : html`${lacks && html`<small>at least</small> `}${shown}`;
  return html`<td role="cell" class="figure ${isLacking ? 'lack' : ''}" data-label="${FIGURES[key]}">${value}</td>`;
}

function sourceView(key: SourceKey, { sources }: ClusterLine): Markup {
  const { text = '', isMissing = false } = sources?.[key] ?? {};
  const [style, value] =
    text === ''
      ? ['read', html`<span aria-hidden="true">${CHECK}</span><span class="hidden-text">read</span>`]
      : [isMissing ? 'lack' : 'read', isMissing ? `${DASH} ${text}` : text];
  return html`<td role="cell" class="source ${style}" data-label="${SOURCES[key]}">${value}</td>`;
}

/** Changes since an earlier run, with the doubts of the comparison. */
function changesView({ since }: PageData, changes: readonly SummaryLine[]): Markup | null {
  if (!since) return null;
  const found = changes.filter(({ number }) => number > 0);
  const none = changes.filter(({ number, key }) => number === 0 && !key.endsWith('-clusters'));
  const where = since.doubts.length === 0 ? 'None' : 'None in the rows that were compared';
  const noneText = `${where}: ${none.map(({ title }) => title).join(', ')}.`;
  return html`<section aria-labelledby="changes-title">
<h2 id="changes-title">What changed since ${since.asOf === null ? 'the earlier run' : dateMarkup(since.asOf)}
<span class="beside name">compared with ${since.file}</span></h2>
${found.map(lineView)}
<p class="muted">${found.length === 0 ? 'Nothing changed in the rows that were compared.' : none.length === 0 ? null : noneText}</p>
<ul class="doubts">${since.doubts.map((text) => html`<li class="name doubt">${sentence(text, since.file)}</li>`)}</ul>
</section>`;
}

/** Without admins: what was found in what was read, so that nobody takes silence for an answer. */
function verdict(data: PageData, { clusters, attention }: Summary): string[] {
  if (attention.some(({ tone }) => tone === 'danger')) return [];
  if (clusters.every(({ unread }) => unread)) return ['No cluster was read, so who has access is unknown.'];
  const isEmpty = data.clusters.every(
    ({ file, authenticationMode: mode, withoutEntries }) =>
      (file === null || withoutEntries.includes('aws-auth')) &&
      (mode === null || withoutEntries.includes('access-entry')),
  );
  const where =
    limitTexts(data).length > 0
      ? ' among the rows of this page'
      : attention.some(({ key }) => key === 'not-read')
        ? ' in what was read'
        : '';
  if (!isEmpty) return [`No admins were found${where}, and nobody who can become admin.`];
  const names = data.clusters.map((one) => one.file?.name ?? clusterTitle(one));
  return [`No entries were found in ${listed(names, 3)}.`];
}

const MARKS = { danger: '●', warn: '▲', quiet: '' } as const;
/** Texts beside a title, and parts below it, at most. */
const MOST_BESIDE = 2;
const MOST_PARTS = 12;
/** Lines that say beside their title what they are made of, not who. */
const BY_PART = ['anybody', 'everybody', 'admins', 'routes', 'not-read', 'warnings', 'no-effect'];

/** A line that opens on a click. */
function lineView(line: SummaryLine): Markup {
  const { tone, title, number, text, filters, parts, warnings } = line;
  const all = number === 1 ? 'Show in the table' : `Show all ${count(number)} in the table`;
  return html`<details class="line ${tone}"><summary><span class="mark" aria-hidden="true">${MARKS[tone]}</span>
<span class="number">${count(number)}</span> <span class="title">${title}</span> <span class="beside name">${besideText(line)}</span></summary>
<div class="opened">${text === '' ? null : html`<p>${text}</p>`}
${filters && parts.length === 0 ? namesView({ ...line, filters }) : null}
<ul class="parts">${parts.slice(0, MOST_PARTS).map(partView)}${warnings.map(warningView)}</ul>
${filters && html`<p>${link(filters, all)}</p>`}</div></details>`;
}

/** `AmazonEKSClusterAdminPolicy, ClusterRole/ops cluster-wide +2`, `ada@example.com, bob@example.com +1` */
function besideText({ key, number, names, parts, warnings }: SummaryLine): string {
  const labels = parts.map((part) => {
    const rest = part.number > 1 ? ` +${count(part.number - 1)}` : '';
    return key === 'not-read' ? `${part.names[0] ?? ''}${rest} (${part.label})` : part.label;
  });
  const texts = BY_PART.includes(key) ? [...labels, ...warnings.map(warningText)] : names;
  const rest = (texts === names ? number : texts.length) - MOST_BESIDE;
  return `${texts.slice(0, MOST_BESIDE).join(', ')}${rest > 0 ? ` +${count(rest)}` : ''}`;
}

function partView({ label, means, through, help, ...counted }: LinePart): Markup {
  const sources = through
    .slice(0, MOST_PARTS)
    .map((one) => html`${link(one.filters, one.label)} ${count(one.number)}`);
  return html`<li><p class="part">${link(counted.filters, label)} <span class="number">${count(counted.number)}</span></p>
${means === '' ? null : html`<p>${means}</p>`}${helpView(help)}${namesView(counted)}
${sources.length === 0 ? null : html`<p class="muted">Granted by ${joined(sources)}</p>`}</li>`;
}

function warningText({ place, message }: PageWarning): string {
  return place === null ? message : `${place}: ${message}`;
}

function warningView(warning: PageWarning): Markup {
  const help = (warning.help ?? '').split('\n').map(helpView);
  return html`<li><p class="name">${sentence(warningText(warning), warning.place)}</p>${help}</li>`;
}

/** Commands are between backquotes. */
function helpView(text: string): Markup | null {
  const parts = text.split('`').map((one, index) => (index % 2 === 1 ? html`<code>${one}</code>` : one));
  return text === '' ? null : html`<p class="muted name">${parts}</p>`;
}

/** The first names, each whole, and a link to the others. */
function namesView({ names, number, filters }: Omit<Counted, 'rows'>): Markup {
  const rest = number - names.length;
  const more = rest > 0 ? [link(filters, `${count(rest)} more: show in the table`)] : [];
  const shown = names.map((name) => html`<span class="name">${name}</span>`);
  return html`<p class="names">${joined([...shown, ...more])}</p>`;
}
