import { hasPublishedRules } from '../../access-policy.ts';
import { policyName } from '../../eks.ts';
import { compareStrings, listed } from '../../text.ts';
import { CHANGE_HEADS, type RowChange } from '../../who/since/row-change.ts';
import { NOBODY_REASONS } from '../../who/way.ts';
import type { PageWarning } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { clusterValue, type FacetKey, facetOf, PEOPLE_UNKNOWN, valueLabel } from '../facets.ts';
import { clusterName } from '../names.ts';
import { RISK_MEANINGS } from '../texts.ts';
import { type ClusterLine, clusterLines } from './clusters.ts';
import { type Counted, Counter, type CountUnit, type Filters, type Selected } from './count.ts';
import { NOT_READ_SOURCES, UNKNOWN_RULES, UNREAD_PLACE } from './words.ts';

const MEANINGS = new Map<string, string>(Object.entries(RISK_MEANINGS));

/** The top of a page, as values. */
export interface Summary {
  readonly clusters: readonly ClusterLine[];
  /** One for each head of changes, also with the number 0, and for clusters; null without an earlier run. */
  readonly changes: readonly SummaryLine[] | null;
  /** The most severe first; each has a number above 0. */
  readonly attention: readonly SummaryLine[];
}

/** A number with a title, and on request its parts. */
export interface SummaryLine extends Pick<Counted, 'number' | 'names'> {
  readonly key: string;
  readonly tone: Tone;
  readonly title: string;
  /** Null if no single view has the rows: then each part has its own. */
  readonly filters: Filters | null;
  /** In a sentence; empty if the title says enough. */
  readonly text: string;
  readonly parts: readonly LinePart[];
  /** Warnings of the run; most lines have none. */
  readonly warnings: readonly PageWarning[];
}

type Tone = 'danger' | 'warn' | 'quiet';

/** A share of a line. */
export interface LinePart extends Counted {
  readonly label: string;
  /** In a sentence; empty if the label says enough. */
  readonly means: string;
  /** The roles, groups and policies that bring it. */
  readonly through: readonly LinePart[];
  /** The next step, with commands between backquotes; empty for none. */
  readonly help: string;
}

/** A line about rows: the unit and the view that it counts, and the facet that its parts are made by. */
interface RowsLine {
  readonly unit: CountUnit;
  /** Null for none. */
  readonly filters: Filters | null;
  readonly by?: FacetKey;
  readonly text?: string;
}

/** Counts everything on top of a page. */
export function summaryOf(rows: PageRows): Summary {
  const counter = new Counter(rows);
  const clusters = clusterLines(counter);
  const lines = new Lines(counter);
  return {
    clusters,
    changes: rows.data.since && lines.changes(),
    attention: lines.attention(clusters).filter(({ number }) => number > 0),
  };
}

/** Makes the lines below the clusters. */
class Lines {
  private readonly counter: Counter;
  private readonly rows: PageRows;

  constructor(counter: Counter) {
    this.counter = counter;
    this.rows = counter.rows;
  }

  /** The heads of changes, and clusters that came and went. */
  changes(): SummaryLine[] {
    const { newClusters = [], goneClusters = [] } = this.rows.data.since ?? {};
    const heads = (Object.keys(CHANGE_HEADS) as Head[]).map((head) => {
      const unit = head === 'unknown-people' ? 'entries' : 'callers';
      const { tone, by } = HEADS[head];
      return this.line(head, tone, [CHANGE_HEADS[head]], { unit, filters: { changed: [head] }, by });
    });
    const clusterLine = (word: 'new' | 'vanished', those: typeof newClusters): SummaryLine => ({
      ...EMPTY,
      key: `${word}-clusters`,
      title: `${word} ${those.length === 1 ? 'cluster' : 'clusters'}`,
      number: those.length,
      filters: { cluster: those.flatMap((one) => clusterValue({ ...one, file: null }) ?? []) },
      names: those.map(({ name, arn }) => clusterName(this.rows, name ?? arn ?? '', arn)),
    });
    return [...heads, clusterLine('new', newClusters), clusterLine('vanished', goneClusters)];
  }

  attention(clusters: readonly ClusterLine[]): SummaryLine[] {
    const { warnings, isExpanded } = this.rows.data;
    const granted = { access: ['granted'] };
    const withoutEffect = this.withValues('reason', Object.keys(NOBODY_REASONS), { access: ['none'] });
    const everybody = this.withValues('everybody', Object.keys(RISK_MEANINGS), granted);
    const others = warnings.filter(({ code }) => code !== 'anybody' && !NOT_READ.has(code));
    const anybody = warnings.filter(({ code }) => code === 'anybody');
    return [
      warningsLine('anybody', 'danger', 'allowed to anyone, without credentials', anybody),
      this.line('everybody', 'danger', ['can become admin like everyone with access'], {
        unit: 'callers',
        filters: everybody,
        by: 'everybody',
        text: 'Bindings grant these permissions to everyone who has access, whatever their groups.',
      }),
      this.line('admins', 'danger', ['admin', 'admins'], {
        unit: 'callers',
        filters: { admin: ['yes'], ...granted },
        by: 'through',
        text: `They ${RISK_MEANINGS['cluster-admin']}`,
      }),
      this.line('routes', 'danger', ['can become admin'], {
        unit: 'callers',
        filters: { admin: ['route'], ...granted },
        by: 'risk',
        text: 'Each of these permissions is enough to become admin with one more step.',
      }),
      this.line('unknown-admins', 'warn', ['admin or able to become one, if access is granted'], {
        unit: 'callers',
        filters: { access: ['unknown'], admin: ['yes', 'route'] },
        by: 'admin',
        text: 'Whether they have access is unknown.',
      }),
      this.notRead(clusters),
      warningsLine('warnings', 'warn', others.length === 1 ? 'warning' : 'warnings', others),
      this.line('no-effect', 'quiet', ['entry without effect', 'entries without effect'], {
        unit: 'entries',
        filters: withoutEffect,
        by: 'reason',
        text: 'They grant nobody access. Remove those that are left over, and fix those that someone needs.',
      }),
      this.line('deleted', 'quiet', ['deleted but still assigned'], {
        unit: 'principals',
        filters: { reason: ['deleted'] },
        text: 'These users and groups no longer have access, but Identity Center keeps their assignments.',
      }),
      this.line('subjects', 'quiet', ['subject that is not from AWS', 'subjects that are not from AWS'], {
        unit: 'principals',
        filters: { source: ['binding'], access: ['granted', 'unknown'] },
        by: 'kind',
        text: "Bindings grant permissions to these names. AWS doesn't know who uses them.",
      }),
      this.line(
        'unlisted',
        'quiet',
        ["group whose members aren't listed", "groups whose members aren't listed"],
        {
          unit: 'principals',
          // With members, a group without rows of them is empty.
          filters: isExpanded ? null : { kind: ['GROUP'], ...granted },
          text: 'The numbers of people leave these members out. To list them, run with --expand.',
        },
      ),
    ];
  }

  private line(
    key: string,
    tone: Tone,
    [one, many = one]: readonly [one: string, many?: string],
    { unit, filters, by, text = '' }: RowsLine,
  ): SummaryLine {
    if (filters === null) return EMPTY;
    const counted = this.counter.count(unit, filters);
    const parts = by === undefined ? [] : this.partsBy(by, unit, counted);
    const title = counted.number === 1 ? one : many;
    // One cluster alone has all of the line.
    const isWhole = by === 'cluster' && parts.length === 1;
    return { ...EMPTY, key, tone, title, text, ...counted, parts: isWhole ? [] : parts };
  }

  /** One part for each value of a facet in the rows; routes to admin have their meaning, and what grants them. */
  private partsBy(key: FacetKey, unit: CountUnit, within: Selected): LinePart[] {
    const { filters, rows } = within;
    const start = key === 'through' ? `${filters.risk?.[0] ?? 'cluster-admin'} through ` : '';
    const values = [...this.counter.selector.counts(key, { search: '', filters: {} }, rows).keys()].filter(
      (value) => value.startsWith(start) && (filters[key]?.includes(value) ?? true),
    );
    const { rank = () => 0 } = facetOf(key);
    const parts = values.map((value) => {
      const counted = this.counter.count(unit, { [key]: [value] }, within);
      const name = valueLabel(this.rows, key, value);
      const label = key === 'cluster' ? clusterName(this.rows, name, value) : name;
      const shown = key === 'through' ? value.slice(start.length) : label;
      const means = key === 'risk' || key === 'everybody' ? `They ${MEANINGS.get(value) ?? ''}` : '';
      const through = key === 'risk' ? this.partsBy('through', unit, counted) : [];
      return { rank: rank(value), part: { ...partOf(shown, counted, means), through } };
    });
    return parts
      .sort(
        (one, other) =>
          one.rank - other.rank ||
          other.part.number - one.part.number ||
          compareStrings(one.part.label, other.part.label),
      )
      .map(({ part }) => part);
  }

  /** A view of those values that rows have; null without any, since a filter without values keeps all rows. */
  private withValues(key: FacetKey, values: readonly string[], filters: Filters): Filters | null {
    const counts = this.counter.selector.counts(key, { search: '', filters });
    const found = values.filter((value) => counts.has(value));
    return found.length === 0 ? null : { ...filters, [key]: found };
  }

  /** Everything that wasn't read, and what is unknown because of it. Each part has its own rows. */
  private notRead(clusters: readonly ClusterLine[]): SummaryLine {
    const { tables, asked, warnings } = this.rows.data;
    // A cluster whose aws-auth alone is missing was read otherwise.
    const read = new Set(clusters.flatMap((one) => (one.unread ? [] : [one.value])));
    const causes = tables.entries.flatMap(({ unread, clusterArn }) =>
      unread && !read.has(clusterArn) ? unread.cause : [],
    );
    const policies = tables.entries.flatMap((entry) => entry.policies.map(policyName));
    const unpublished = [...new Set(policies)].filter((name) => !hasPublishedRules(name));
    const parts = [
      ...[...new Set(causes)].map((cause) =>
        partOf(cause, this.counter.count('entries', { cause: [cause] }), UNREAD_PLACE),
      ),
      ...NOT_READ_SOURCES.map(([source, label, means, help]) => {
        const those = clusters.filter((one) => one.sources?.[source].isMissing);
        const filters = { cluster: those.flatMap(({ value }) => value ?? []) };
        const names = those.map(({ fullName }) => fullName);
        const counted = { ...NO_ROWS, number: those.length, filters, names };
        return { ...partOf(label, counted, means), help };
      }),
      ...[...NOT_READ_REASONS].map(([reason, unit]) =>
        partOf(valueLabel(this.rows, 'reason', reason), this.counter.count(unit, { reason: [reason] }), ''),
      ),
      // With a question, a reason of the rows says so.
      ...(unpublished.length === 0 || asked !== null ? [] : [unpublished]).map((policy) =>
        partOf(`rules of ${listed(policy)}`, this.counter.count('entries', { policy }), UNKNOWN_RULES),
      ),
    ].filter(({ number }) => number > 0);
    const reasons = warnings.filter(({ code }) => NOT_READ.has(code));
    const uncounted = reasons.filter(({ code }) => code === 'sign-ins-unknown').length;
    const number = parts.reduce((sum, one) => sum + one.number, uncounted);
    return { ...EMPTY, key: 'not-read', tone: 'warn', title: 'not read', number, parts, warnings: reasons };
  }
}

type Head = RowChange['head'];

/** How each head is shown. */
const HEADS: Readonly<Record<Head, { readonly tone: Tone; readonly by: FacetKey }>> = {
  'became-admin': { tone: 'danger', by: 'through' },
  route: { tone: 'danger', by: 'risk' },
  'no-longer-admin': { tone: 'quiet', by: 'cluster' },
  new: { tone: 'quiet', by: 'cluster' },
  gone: { tone: 'quiet', by: 'cluster' },
  changed: { tone: 'quiet', by: 'cluster' },
  'unknown-people': { tone: 'warn', by: 'admin' },
};

/** Reasons of unknown access, and of permissions. */
const NOT_READ_REASONS: ReadonlyMap<string, CountUnit> = new Map([
  [PEOPLE_UNKNOWN, 'entries'],
  ['account-access', 'entries'],
  ['cluster-unknown', 'callers'],
  ['bindings-unknown', 'callers'],
  ['access-policy', 'callers'],
]);

/** Warnings that say why something wasn't read. */
const NOT_READ: ReadonlySet<string> = new Set(['assignments-unknown', 'cluster-unknown', 'sign-ins-unknown']);

const NO_ROWS: Selected = { filters: {}, rows: new Uint32Array() };

const EMPTY: SummaryLine = {
  key: '',
  tone: 'quiet',
  title: '',
  text: '',
  number: 0,
  filters: null,
  names: [],
  parts: [],
  warnings: [],
};

function warningsLine(key: string, tone: Tone, title: string, warnings: readonly PageWarning[]): SummaryLine {
  return { ...EMPTY, key, tone, title, number: warnings.length, warnings };
}

function partOf(label: string, counted: Counted, means: string): LinePart {
  return { ...counted, label, means, through: [], help: '' };
}
