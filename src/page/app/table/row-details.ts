import { type FacetKey, facetOf } from '../../facets.ts';
import { PRINCIPAL_NOUNS } from '../../texts.ts';
import { type Tab, viewToHash, WHOLE_VIEW } from '../../view.ts';
import { element } from '../dom.ts';
import { copyButton } from '../filters/save-view.ts';
import type { PageState } from '../page.ts';
import { goToRows } from '../rows-link.ts';
import { lostAccess, personText, rowStory, type StoryStep } from './row-story.ts';

/** The panel that shows everything about a row. */
export function rowDetails(page: PageState): {
  readonly element: HTMLDialogElement;
  readonly open: (row: number) => void;
} {
  const dialog = element('dialog', {
    class: 'details',
    'aria-labelledby': 'details-title',
    // A click on the backdrop has the dialog itself as its target.
    onclick: ({ target }) => {
      if (target === dialog) dialog.close();
    },
  });
  const open = (number: number) => {
    dialog.replaceChildren(...contentsOf(page, number, () => dialog.close()));
    dialog.showModal();
    dialog.scrollTop = 0;
  };
  return { element: dialog, open };
}

function contentsOf(page: PageState, number: number, close: () => void): HTMLElement[] {
  const { rows } = page;
  const row = rows.row(number);
  const { clusterIndex } = rows.entry(rows.index(number, 'entries'));
  const { clusters, since } = rows.data;
  const place = {
    file: clusterIndex === null ? null : (clusters[clusterIndex]?.file?.name ?? null),
    since: since?.file ?? null,
    lost: lostAccess(rows, number),
  };
  const story = rowStory(row, rows.change(number), place);
  const { name, kind } = personText(row);
  const lead = element('p', { class: 'lead name' }, story.lead);
  const told = element(
    'div',
    {},
    ...section('What changed', story.changes),
    ...section(story.path, story.steps, 'path'),
    ...section('Routes to admin', story.routes, 'routes'),
    ...section('Roles', story.roles, '', ROLES_HINT),
  );
  const facts = element(
    'dl',
    { class: 'row-facts' },
    ...story.facts.map(([term, text]) =>
      element('div', {}, element('dt', {}, term), ' ', element('dd', { class: 'name' }, text)),
    ),
  );
  const copied = () =>
    // biome-ignore lint/performance/useDomNodeTextContent: with the lines that the reader sees
    [name, ...[lead, told, facts].map((part) => part.innerText)].join('\n');
  return [
    element(
      'div',
      { class: 'details-head' },
      element(
        'div',
        {},
        element('h2', { id: 'details-title', class: 'name' }, name),
        kind === '' ? null : element('p', { class: 'muted' }, kind),
      ),
      element('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: close }, '×'),
    ),
    lead,
    told,
    actions(page, number, copied, close),
    facts,
  ];
}

const ROLES_HINT =
  'A role is a list of permissions. It counts where a binding gives it to this username, or to a group of it.';

function section(title: string, steps: readonly StoryStep[], style = '', hint = ''): HTMLElement[] {
  if (steps.length === 0) return [];
  const items = steps.map(({ label, values, arn, help }) =>
    element(
      'li',
      {},
      element('span', { class: 'label name' }, label),
      ...values.flatMap((value) => [' ', element('span', { class: 'value name' }, value)]),
      ...(arn === undefined ? [] : [' ', element('span', { class: 'arn muted name' }, arn)]),
      ...(help === undefined ? [] : [' ', element('span', { class: 'help muted name' }, help)]),
    ),
  );
  return [
    element('h3', {}, title),
    ...(hint === '' ? [] : [element('p', { class: 'step-hint muted' }, hint)]),
    element(style === 'path' ? 'ol' : 'ul', { class: `steps ${style}` }, ...items),
  ];
}

function actions(page: PageState, number: number, text: () => string, close: () => void): HTMLElement {
  const showRows = () => {
    close();
    // The row that had the focus may not be among them.
    goToRows();
  };
  const showAll = (key: FacetKey, label: string, tab: Tab = 'table') => {
    const values = page.selector.values(key)[page.rows.index(number, facetOf(key).table)] ?? [];
    if (values.length === 0) return null;
    const filters = { [key]: values };
    // A link, so that it can be opened in another tab or copied.
    return element(
      'a',
      { class: 'button', href: `#${viewToHash({ ...WHOLE_VIEW, tab, filters })}`, onclick: showRows },
      label,
    );
  };
  const { type } = page.rows.principal(page.rows.index(number, 'principals'));
  return element(
    'p',
    { class: 'actions' },
    showAll('person', `Show all rows of this ${PRINCIPAL_NOUNS[type][0]}`),
    showAll('person', 'Show in the graph', 'graph'),
    showAll('entry', 'Show all rows of this entry'),
    copyButton('Copy as text', text),
  );
}
