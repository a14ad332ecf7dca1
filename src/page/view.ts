import { COLUMNS, type ColumnKey } from './columns.ts';
import { FACETS, type FacetKey } from './facets.ts';

/** The reader's choices. They stand in the address, so that a view can be sent. */
export interface View {
  readonly tab: Tab;
  /** Words that a row must contain, in any column. */
  readonly search: string;
  /** For each facet, the values; a row must have one of them; a facet without values keeps all rows. */
  readonly filters: Readonly<Partial<Record<FacetKey, readonly string[]>>>;
  /** Null: in the order of the run. */
  readonly sort: { readonly column: ColumnKey; readonly descending: boolean } | null;
  /** In the tab of permissions: whose, or what. */
  readonly who: string;
  readonly can: string;
  readonly namespace: string;
}

export const TABS = ['table', 'graph', 'rights'] as const;
export type Tab = (typeof TABS)[number];

export const WHOLE_VIEW: View = {
  tab: 'table',
  search: '',
  filters: {},
  sort: null,
  who: '',
  can: '',
  namespace: '',
};

/** The part of the address after `#`; empty for the whole view. */
export function viewToHash({ tab, search, filters, sort, ...texts }: View): string {
  const parameters = new URLSearchParams();
  if (tab !== WHOLE_VIEW.tab) parameters.set('tab', tab);
  if (search !== '') parameters.set('search', search);
  for (const { key } of FACETS) for (const value of filters[key] ?? []) parameters.append(key, value);
  if (sort) parameters.set('sort', `${sort.descending ? '-' : ''}${sort.column}`);
  for (const [name, text] of Object.entries(texts)) if (text !== '') parameters.set(name, text);
  return parameters.toString();
}

/** Reads an address of any origin: what it doesn't know, it leaves out. */
export function viewOfHash(hash: string): View {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const filters = FACETS.flatMap(({ key }) => {
    const values = [...new Set(parameters.getAll(key))];
    return values.length === 0 ? [] : [[key, values] as const];
  });
  const sort = parameters.get('sort') ?? '';
  const column = COLUMNS.find(({ key }) => key === sort.replace(/^-/, ''));
  const text = (name: string) => parameters.get(name) ?? '';
  return {
    tab: TABS.find((tab) => tab === parameters.get('tab')) ?? WHOLE_VIEW.tab,
    search: text('search'),
    filters: Object.fromEntries(filters),
    sort: column ? { column: column.key, descending: sort.startsWith('-') } : null,
    who: text('who'),
    can: text('can'),
    namespace: text('namespace'),
  };
}
