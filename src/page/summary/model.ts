import { hasPublishedRules } from '../../access-policy.ts';
import { policyName } from '../../eks.ts';
import { GET_RBAC } from '../../rbac/model.ts';
import { RISKS, type Risk } from '../../rbac/ways-to-admin.ts';
import { compareStrings, listed } from '../../text.ts';
import { CHANGE_HEADS, type RowChange } from '../../who/since/row-change.ts';
import { NOBODY_REASONS } from '../../who/way.ts';
import type { PageWarning } from '../data.ts';
import type { PageRows } from '../decode.ts';
import { clusterValue, type FacetKey, PEOPLE_UNKNOWN, valueLabel } from '../facets.ts';
import { count, nobodyText, RISK_MEANINGS } from '../texts.ts';
import { type ClusterLine, clusterLines, type SourceKey } from './clusters.ts';
import { type Counted, Counter, clusterName, type Filters, type Unit } from './count.ts';

type ChangeHead = RowChange['head'];

/** The top of a page, as values. */
export interface Summary {
  readonly clusters: readonly ClusterLine[];
  /** One for each head of changes, also with the number 0, and for clusters; null without an earlier run. */
  readonly changes: readonly Line[] | null;
  /** The most severe first; each has a number above 0. */
  readonly attention: readonly Line[];
}

/** A number with a title, and on request what it is made of. */
export interface Line {
  readonly key: string;
  readonly tone: 'danger' | 'warn' | 'quiet';
  readonly title: string;
  readonly number: number;
  /** Null if no single view has the rows: then each part has its own. */
  readonly filters: Filters | null;
  readonly names: readonly string[];
  /** Texts beside the title: names, or the labels of its parts; and how many there are of these. */
  readonly preview: readonly string[];
  readonly previewed: number;
  /** In a sentence; empty if the title says enough. */
  readonly text: string;
  readonly parts: readonly Part[];
  /** Parts beyond those. */
  readonly moreParts: number;
  /** Warnings of the run; most lines have none. */
  readonly warnings: readonly PageWarning[];
}

/** A share of a line. */
export interface Part extends Counted {
  readonly label: string;
  /** In a sentence; empty if the label says enough. */
  readonly means: string;
  /** The roles, groups and policies that bring it. */
  readonly through: readonly (Counted & { readonly label: string })[];
  /** Next steps, with commands between backquotes. */
  readonly help: readonly string[];
}

/** Parts that a line shows at most. */
const MOST_PARTS = 12;

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
  /** The rows that any line may be about; most rows of a large page are plain access. */
  private readonly among: Uint32Array;

  constructor(counter: Counter) {
    this.counter = counter;
    this.rows = counter.rows;
    const { grants, entries, principals, changes } = this.rows.data.tables;
    const tests = {
      grants: grants.map(
        ({ access, reason }, index) =>
          access !== 'granted' ||
          reason !== null ||
          this.rows.routes(index).length > 0 ||
          (this.rows.rightsOfGrant(index)?.risksOfEverybody.length ?? 0) > 0,
      ),
      entries: entries.map(
        ({ source, policies }) =>
          source === 'binding' || policies.some((policy) => !hasPublishedRules(policyName(policy))),
      ),
      principals: principals.map(({ type }) => type === 'GROUP'),
      changes: changes.map((change) => change !== null),
    };
    const tables = Object.entries(tests) as [keyof typeof tests, boolean[]][];
    const found = Array.from({ length: this.rows.count }, (_, row) => row).filter((row) =>
      tables.some(([table, marks]) => marks[this.rows.index(row, table)]),
    );
    this.among = Uint32Array.from(found);
  }

  /** The heads of changes, and clusters that came and went. */
  changes(): Line[] {
    const { newClusters = [], goneClusters = [] } = this.rows.data.since ?? {};
    const heads = (Object.keys(CHANGE_HEADS) as ChangeHead[]).map((head) => {
      const { tone, by } = HEADS[head];
      const unit = head === 'unknown-people' ? 'entries' : 'persons';
      const filters = { changed: [head] };
      return this.line(
        head,
        tone,
        CHANGE_HEADS[head],
        this.count(unit, filters),
        this.partsBy(by, unit, filters),
      );
    });
    const clusters = [
      ['new-clusters', 'new', newClusters],
      ['gone-clusters', 'vanished', goneClusters],
    ] as const;
    return [
      ...heads,
      ...clusters.map(([key, word, those]) => {
        const filters = { cluster: those.flatMap((one) => clusterValue({ ...one, file: null }) ?? []) };
        const names = those.map(({ name, arn }) => clusterName(this.rows, name ?? arn ?? '', arn));
        const title = `${word} ${those.length === 1 ? 'cluster' : 'clusters'}`;
        return this.line(key, 'quiet', title, { number: those.length, filters, names });
      }),
    ];
  }

  attention(clusters: readonly ClusterLine[]): Line[] {
    const { warnings } = this.rows.data;
    const granted = { access: ['granted'] };
    const unknown = { access: ['unknown'] };
    const admins = { admin: ['yes'], ...granted };
    const routes = { admin: ['route'], ...granted };
    const anybody = warnings.filter(({ code }) => code === 'anybody');
    const others = warnings.filter(
      ({ code }) => code !== 'anybody' && !OF_COMPARISON.has(code) && !NOT_READ.has(code),
    );
    const adminCount = this.count('callers', admins);
    return [
      this.warnings('anybody', 'danger', ANYBODY[anybody.length === 1 ? 0 : 1], anybody),
      this.ofEverybody(),
      this.line(
        'admins',
        'danger',
        adminCount.number === 1 ? 'admin' : 'admins',
        adminCount,
        this.throughParts('cluster-admin', 'callers', admins),
        `They ${RISK_MEANINGS['cluster-admin']}`,
      ),
      this.line(
        'routes',
        'danger',
        'can become admin',
        this.count('callers', routes),
        this.partsBy('risk', 'callers', routes),
        'Each of these permissions is enough to become admin with one more step.',
      ),
      this.line(
        'unknown-admins',
        'warn',
        'admin, or able to become one, if they have access (unknown)',
        this.count('callers', { admin: ['yes', 'route'], ...unknown }),
        this.partsBy('admin', 'callers', { admin: ['yes', 'route'], ...unknown }),
      ),
      this.notRead(clusters),
      this.warnings('warnings', 'warn', others.length === 1 ? 'warning' : 'warnings', others),
      this.withoutEffect(),
      this.line(
        'deleted',
        'quiet',
        'deleted but still assigned',
        this.count('principals', { reason: ['deleted'] }),
        [],
        'These users and groups no longer have access, but Identity Center keeps their assignments.',
      ),
      this.line(
        'subjects',
        'quiet',
        'not from AWS, named by bindings',
        this.count('principals', { source: ['binding'], access: ['granted', 'unknown'] }),
        this.partsBy('kind', 'principals', { source: ['binding'], access: ['granted', 'unknown'] }),
        'Bindings grant permissions to these names. Who can use them, AWS does not know.',
      ),
      this.unlistedGroups(),
    ];
  }

  private count(unit: Unit, filters: Filters): Counted {
    return this.counter.count(unit, filters, this.among);
  }

  private line(
    key: string,
    tone: Line['tone'],
    title: string,
    counted: Pick<Line, 'number' | 'filters' | 'names'>,
    parts: readonly Part[] = [],
    text = '',
  ): Line {
    const shown = parts.slice(0, MOST_PARTS);
    const isByPart = BY_PART.has(key);
    return {
      key,
      tone,
      title,
      ...counted,
      preview: isByPart ? parts.map(({ label }) => label) : counted.names,
      previewed: isByPart ? parts.length : counted.number,
      text,
      parts: shown,
      moreParts: parts.length - shown.length,
      warnings: [],
    };
  }

  /** One part for each value of a facet; routes to admin have their meaning, and what grants them. */
  private partsBy(key: PartKey, unit: Unit, filters: Filters): Part[] {
    if (key === 'through') return this.throughParts('cluster-admin', unit, filters);
    const own = filters[key];
    const values = [...this.counter.selector.counts(key, { search: '', filters }, this.among).keys()];
    const parts = values
      .filter((value) => !own || own.includes(value))
      .map((value): Part => {
        const counted = this.count(unit, { ...filters, [key]: [value] });
        const risk = key === 'risk' ? (value as Risk) : null;
        const through = risk && this.throughParts(risk, unit, { ...filters, risk: [risk] });
        const means = risk ? `They ${RISK_MEANINGS[risk]}` : '';
        return {
          ...part(this.labelOf(key, value), counted, means),
          through: through?.slice(0, MOST_PARTS) ?? [],
        };
      });
    // One cluster alone has all of the line.
    if (key === 'cluster' && parts.length === 1) return [];
    return key === 'risk' ? parts : byNumber(parts);
  }

  private labelOf(key: FacetKey, value: string): string {
    if (key !== 'cluster') return valueLabel(this.rows, key, value);
    const cluster = this.rows.data.clusters.find((one) => clusterValue(one) === value);
    return clusterName(this.rows, cluster?.name ?? valueLabel(this.rows, key, value), cluster?.arn ?? null);
  }

  /** One part for each role, group and policy that brings a route. */
  private throughParts(risk: Risk, unit: Unit, filters: Filters): Part[] {
    const start = `${risk} through `;
    const counts = this.counter.selector.counts('through', { search: '', filters }, this.among);
    const values = [...counts.keys()].filter((value) => value.startsWith(start));
    return byNumber(
      values.map((value) =>
        part(value.slice(start.length), this.count(unit, { ...filters, through: [value] }), ''),
      ),
    );
  }

  private ofEverybody(): Line {
    const found = new Set(
      this.rows.data.tables.rights.flatMap(({ risksOfEverybody }) =>
        risksOfEverybody.map(({ risk }) => risk),
      ),
    );
    const risks = (Object.keys(RISKS) as Risk[]).filter((risk) => found.has(risk));
    const title = 'can become admin through permissions of everyone with access';
    const text = 'Bindings grant these permissions to everyone who has access, whatever their groups.';
    // A filter without values would keep all rows.
    if (risks.length === 0) return this.line('everybody', 'danger', title, NOTHING);
    const filters = { everybody: risks };
    return this.line(
      'everybody',
      'danger',
      title,
      this.count('callers', filters),
      risks.map((risk) =>
        part(RISKS[risk], this.count('callers', { everybody: [risk] }), `They ${RISK_MEANINGS[risk]}`),
      ),
      text,
    );
  }

  /** Entries that grant nobody access, by reason: only by those that are there. */
  private withoutEffect(): Line {
    const none = { access: ['none'] };
    const found = this.counter.selector.counts('reason', { search: '', filters: none }, this.among);
    const reasons = Object.keys(NOBODY_REASONS).filter((reason) => found.has(reason));
    const filters = { ...none, reason: reasons };
    const counted = reasons.length === 0 ? NOTHING : this.count('entries', filters);
    const title = counted.number === 1 ? 'entry without effect' : 'entries without effect';
    const parts = reasons.map((reason) =>
      part(nobodyText(reason), this.count('entries', { ...none, reason: [reason] }), ''),
    );
    const text =
      'They grant nobody access. Remove those that are left over, and fix those that someone needs.';
    return this.line('no-effect', 'quiet', title, counted, byNumber(parts), text);
  }

  /** Everything that wasn't read, and what isn't known because of it. Each part has its own rows. */
  private notRead(clusters: readonly ClusterLine[]): Line {
    const { tables, asked, warnings } = this.rows.data;
    // A cluster without its aws-auth was read otherwise.
    const read = new Set(clusters.flatMap((one) => (one.unread ? [] : [one.value])));
    const causes = new Set(
      tables.entries.flatMap(({ unread, clusterArn }) =>
        unread && !read.has(clusterArn) ? unread.cause : [],
      ),
    );
    const policies = new Set(tables.entries.flatMap((entry) => entry.policies.map(policyName)));
    const unpublished = [...policies].filter((name) => !hasPublishedRules(name));
    const parts = [
      ...Array.from(causes, (cause) => {
        const counted = this.count('places', { cause: [cause] });
        return { beside: `${firstOf(counted)} (${cause})`, ...part(cause, counted, UNREAD) };
      }),
      ...SOURCE_MEANINGS.map(([source, label, means, help]) => {
        const those = clusters.filter((one) => one.sources?.[source].isMissing);
        const filters = { cluster: those.flatMap(({ value }) => value ?? []) };
        const counted = { number: those.length, filters, names: those.map(({ fullName }) => fullName) };
        const beside = clusters.length > 1 ? `${label} of ${firstOf(counted)}` : label;
        return { beside, ...part(label, counted, means), help };
      }),
      ...Object.entries(UNKNOWN_REASONS).map(([reason, [unit, label, means]]) => {
        const counted = this.count(unit, { reason: [reason] });
        return { beside: `${label}: ${firstOf(counted)}`, ...part(label, counted, means) };
      }),
      // With a question, a reason of the rows says so.
      ...(unpublished.length === 0 || asked !== null ? [] : [unpublished]).map((names) => {
        const label = `rules of ${listed(names)}`;
        return { beside: label, ...part(label, this.count('entries', { policy: names }), UNKNOWN_RULES) };
      }),
    ].filter(({ number }) => number > 0);
    const reasons = warnings.filter(({ code }) => NOT_READ.has(code));
    const uncounted = reasons.filter(({ code }) => NOT_READ.get(code) === null);
    const counted = {
      number: parts.reduce((sum, one) => sum + one.number, uncounted.length),
      filters: null,
      names: [],
    };
    const preview = [...parts.map(({ beside }) => beside), ...uncounted.map(({ message }) => message)];
    const line = this.line('not-read', 'warn', 'not read', counted);
    return { ...line, parts, warnings: reasons, preview, previewed: preview.length };
  }

  private warnings(key: string, tone: Line['tone'], title: string, warnings: readonly PageWarning[]): Line {
    const names = warnings.map(({ place, message }) => place ?? message);
    return { ...this.line(key, tone, title, { number: warnings.length, filters: null, names }), warnings };
  }

  /** Without --expand; with it, a group without rows of members is empty. */
  private unlistedGroups(): Line {
    const groups = this.count('principals', { kind: ['GROUP'], access: ['granted'] });
    const counted = this.rows.data.isExpanded ? NOTHING : groups;
    const title = `${counted.number === 1 ? 'group' : 'groups'} whose members aren't listed`;
    const text = 'The numbers of people leave these members out. To list them, run with --expand.';
    return this.line('unlisted', 'quiet', title, counted, [], text);
  }
}

/** Facets that parts may be made by. */
type PartKey = 'through' | 'risk' | 'cluster' | 'kind' | 'admin';

/** Lines that say beside their title what they are made of. */
const BY_PART: ReadonlySet<string> = new Set(['everybody', 'admins', 'routes', 'no-effect']);

const NOTHING: Counted = { number: 0, filters: {}, names: [] };

function part(label: string, counted: Counted, means: string): Part {
  return { ...counted, label, means, through: [], help: [] };
}

function byNumber(parts: readonly Part[]): Part[] {
  return parts.toSorted((one, other) => other.number - one.number || compareStrings(one.label, other.label));
}

/** The mark of each head, and the facet that its parts are made by. */
const HEADS: Readonly<Record<ChangeHead, { readonly tone: Line['tone']; readonly by: PartKey }>> = {
  'became-admin': { tone: 'danger', by: 'through' },
  route: { tone: 'danger', by: 'risk' },
  'no-longer-admin': { tone: 'quiet', by: 'cluster' },
  new: { tone: 'quiet', by: 'cluster' },
  gone: { tone: 'quiet', by: 'cluster' },
  changed: { tone: 'quiet', by: 'cluster' },
  'unknown-people': { tone: 'warn', by: 'admin' },
};

/** Warnings about the comparison, shown with the changes. */
export const OF_COMPARISON: ReadonlySet<string> = new Set([
  'nothing-compared',
  'since-narrower',
  'since-newer',
]);

/** Warnings that say why something wasn't read; `null` for those that no number repeats. */
const NOT_READ: ReadonlyMap<string, 'counted' | null> = new Map([
  ['assignments-unknown', 'counted'],
  ['cluster-unknown', 'counted'],
  ['sign-ins-unknown', null],
]);

const UNREAD = 'Anyone may have access there.';

/** `prod-eu +3` */
function firstOf({ names: [first = ''], number }: Counted): string {
  return number > 1 ? `${first} +${count(number - 1)}` : first;
}

const ANYBODY = [
  'permission of anyone, even without credentials',
  'permissions of anyone, even without credentials',
] as const;

const UNKNOWN_RULES = "What these access policies allow is unknown: AWS doesn't publish their rules.";

/** For each source of a cluster, the effect of not reading it, and how to read it. */
const SOURCE_MEANINGS: readonly (readonly [
  source: SourceKey,
  label: string,
  means: string,
  help: readonly string[],
])[] = [
  ['aws', 'AWS', 'Who has which role is unknown.', []],
  [
    'awsAuth',
    'aws-auth',
    'It grants access to these clusters, too: there may be more people and admins.',
    [],
  ],
  [
    'accessEntries',
    'access entries',
    "EKS wasn't asked: access entries may grant more people access, or override entries of aws-auth.",
    ['To read them, run with `--cluster`.'],
  ],
  [
    'rbac',
    'RBAC',
    'The roles and bindings of these clusters were not given: what Kubernetes groups may do is unknown, so there may be more admins.',
    [`To include it: \`${GET_RBAC} > rbac.yaml\`, then run with \`--rbac rbac.yaml\`.`],
  ],
];

/** Why it is unknown who has access, or what they may do. */
const UNKNOWN_REASONS: Readonly<Record<string, readonly [unit: Unit, label: string, means: string]>> = {
  [PEOPLE_UNKNOWN]: [
    'entries',
    'who has these roles',
    "Who is assigned these permission sets wasn't read from AWS, so anyone might have these roles.",
  ],
  'account-access': [
    'entries',
    'who else has these roles',
    "Account access manager can assign these IAM roles to people. Who they are isn't read: its console lists them.",
  ],
  'cluster-unknown': [
    'callers',
    'whether access applies',
    "No cluster that was read matches the aws-auth file. A cluster's settings may override its entries.",
  ],
  'bindings-unknown': [
    'callers',
    'permission through bindings',
    "What their Kubernetes groups may do is unknown, because the cluster's roles and bindings weren't given.",
  ],
  'access-policy': [
    'callers',
    'permission through access policies',
    "AWS doesn't publish what their access policy allows. To check, run as one of them: kubectl auth can-i.",
  ],
};
