import type { AccessPolicy } from '../../../eks.ts';
import type { Finding } from '../../../errors.ts';
import { withoutRbac } from '../../../rbac/authorizer.ts';
import { parseQuestion, type QuestionTerms } from '../../../rbac/question.ts';
import { openPolicies, openReason } from '../../../who/cluster-access.ts';
import { ClusterRights, questionFindings, type Rights } from '../../../who/cluster-rights.ts';
import type { WhoRow } from '../../../who/rows.ts';
import type { HeldEntry } from '../../../who/way.ts';
import type { PageCluster } from '../../data.ts';
import { at, type PageRows } from '../../decode.ts';

/**
 * The answer of a row to a question; `names`: yes, but only for objects with certain names; `returns`: no, but other
 * requests return the secrets in question.
 */
export interface RowAnswer {
  readonly answer: 'yes' | 'unknown' | 'names' | 'returns' | 'no';
  /** Why it is unknown; for people who aren't known, what the row says about that. */
  readonly reason: WhoRow['reason'];
  /** The roles that allow it; null if the cluster couldn't be read. */
  readonly rights: Rights | null;
  /** Access policies that might allow it: AWS doesn't publish their rules. */
  readonly open: readonly AccessPolicy[];
}

const NO: RowAnswer = { answer: 'no', reason: null, rights: null, open: [] };
const UNREADABLE: RowAnswer = { answer: 'unknown', reason: 'unreadable', rights: null, open: [] };

const TERMS: QuestionTerms = {
  question: '',
  namespace: 'namespace',
  more: 'Put a semicolon between several questions.',
  withoutNamespace: 'Leave the namespace empty.',
};

/** A question about permissions, answered from a page's rows as `who --can` answers it. */
export class PageQuestion {
  /** Its parts in words: `get secrets`, `list secrets` */
  readonly asked: readonly string[];
  /** Names in the question that no cluster mentions. */
  readonly findings: readonly Finding[];
  private readonly rows: PageRows;
  /** By the index in `tables.rbac`, since clusters may share it; null: nothing was evaluated. */
  private readonly rights: ReadonlyMap<number | null, ClusterRights>;
  /** For each entry and grant the answer for all people but those who are apart. */
  private readonly known = new Map<number, RowAnswer>();
  /** By entry; null for one through which nobody is apart. */
  private readonly rightsIfApart = new Map<number, ClusterRights | null>();

  /**
   * @param texts such as `get secrets`
   * @throws Failure for an invalid question, an unknown verb, or a resource in several API groups
   */
  constructor(rows: PageRows, texts: readonly string[], namespace: string | null) {
    const { clusters, tables } = rows.data;
    const evaluated = [...new Set(clusters.length === 0 ? [null] : clusters.map(({ rbac }) => rbac))];
    const all = evaluated.map((index) => {
      const authorizer = index === null ? withoutRbac() : rows.authorizer(index);
      const policies = index === null ? [] : at(tables.rbac, index).policies;
      return { index, authorizer, question: parseQuestion(texts, namespace, authorizer, policies, TERMS) };
    });
    const questions = all.map(({ question }) => question);
    this.rows = rows;
    this.findings = questionFindings(questions);
    this.asked = questions[0]?.asked.map(({ text }) => text) ?? [];
    this.rights = new Map(
      all.map(({ index, authorizer, question }) => [index, new ClusterRights(authorizer, question)]),
    );
  }

  verdict(row: number): RowAnswer {
    const { rows } = this;
    if (rows.isEarlier(row)) return NO;
    const entry = rows.index(row, 'entries');
    if (this.isApart(entry, row)) return this.find(row);
    const key = entry * rows.data.tables.grants.length + rows.index(row, 'grants');
    const known = this.known.get(key);
    if (known) return known;
    const found = this.find(row);
    this.known.set(key, found);
    return found;
  }

  /** True if the answer may not be that of all people with access through the entry. */
  private isApart(entry: number, row: number): boolean {
    const known = this.rightsIfApart.get(entry);
    if (known === null) return false;
    const way = this.rows.way(row);
    if (way === null) return false;
    if (known) return known.isApart(way);
    const rights = this.rightsOfEntry(entry);
    this.rightsIfApart.set(entry, rights?.mayBeApart(way.entry) ? rights : null);
    return rights?.isApart(way) ?? false;
  }

  /** The permissions in question in a cluster. */
  rightsIn({ rbac }: Pick<PageCluster, 'rbac'>): ClusterRights | null {
    return this.rights.get(rbac) ?? null;
  }

  /** Null for an entry of a cluster that couldn't be read. */
  private rightsOfEntry(entry: number): ClusterRights | null {
    const { clusterIndex } = this.rows.entry(entry);
    return clusterIndex === null ? null : this.rightsIn(at(this.rows.data.clusters, clusterIndex));
  }

  private find(row: number): RowAnswer {
    const { rows } = this;
    const way = rows.way(row);
    if (way === null) return UNREADABLE;
    const rights = this.rightsOfEntry(rows.index(row, 'entries'));
    if (rights === null || way.status === 'none') return NO;
    return answerOf(way, rights, rows.grant(rows.index(row, 'grants')).reason);
  }
}

/** @param stated the reason of the row without the question */
function answerOf(way: HeldEntry, rights: ClusterRights, stated: WhoRow['reason']): RowAnswer {
  const own = rights.of(way);
  const isAllowed = own.can.length > 0;
  // An allowed principal isn't open: not asking again halves the time.
  const open = isAllowed ? null : openReason(way, rights);
  if (!isAllowed && open === null) {
    if (own.forNames.length > 0) return { ...NO, answer: 'names', rights: own };
    return own.returning.length > 0 ? { ...NO, answer: 'returns', rights: own } : NO;
  }
  const base = { rights: own, open: isAllowed ? [] : openPolicies(way, rights) };
  if (stated === 'cluster-unknown' && way.status === 'granted')
    return { ...base, answer: 'unknown', reason: stated };
  if (open !== null) return { ...base, answer: 'unknown', reason: open };
  // These reasons belong to the question of the page's own run.
  const reason = stated === 'access-policy' || stated === 'bindings-unknown' ? null : stated;
  return { ...base, answer: way.status === 'granted' ? 'yes' : 'unknown', reason };
}

/** The rows of a principal by their answer. */
export interface PrincipalAnswer {
  /** Index in `tables.principals`. */
  readonly principal: number;
  /** The best answer of any row. */
  readonly answer: Exclude<RowAnswer['answer'], 'no'>;
  readonly rows: readonly number[];
}

/** The best first. */
const ANSWERS = ['yes', 'unknown', 'names', 'returns'] as const;

/** Rows that are answered before others get a turn. */
const BATCH = 500;

/**
 * Answers for each principal, those who can first. Yields now and then: there may be hundreds of thousands of rows.
 * @param selected the rows to look at
 */
export function* answersOf(
  question: PageQuestion,
  rows: PageRows,
  selected: Uint32Array,
): Generator<undefined, readonly PrincipalAnswer[]> {
  const found = new Map(ANSWERS.map((answer) => [answer, new Map<number, number[]>()] as const));
  for (const [position, row] of selected.entries()) {
    if (position % BATCH === BATCH - 1) yield undefined;
    const { answer } = question.verdict(row);
    if (answer === 'no') continue;
    const principal = rows.index(row, 'principals');
    const byPrincipal = found.get(answer);
    const known = byPrincipal?.get(principal);
    if (known) known.push(row);
    else byPrincipal?.set(principal, [row]);
  }
  const all = new Map<number, PrincipalAnswer>();
  for (const [answer, byPrincipal] of found)
    for (const [principal, own] of byPrincipal) {
      const best = all.get(principal);
      all.set(principal, {
        principal,
        answer: best?.answer ?? answer,
        rows: [...(best?.rows ?? []), ...own],
      });
    }
  return [...all.values()];
}

/** The questions in a text, which semicolons separate. */
export function questionsIn(text: string): readonly string[] {
  return text
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
