import type { AccessPolicy } from '../../../eks.ts';
import type { Finding } from '../../../errors.ts';
import { memo } from '../../../memo.ts';
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
  /** One answer for each entry and grant, but for people who are apart. */
  readonly verdict = memo(
    (row: number): RowAnswer => this.find(row),
    (row) => {
      const [entry, grant] = [this.rows.index(row, 'entries'), this.rows.index(row, 'grants')];
      const isOwn = this.rows.isEarlier(row) || this.isApart(row);
      return isOwn ? -1 - row : entry * this.rows.data.tables.grants.length + grant;
    },
  );
  /** By a row of the entry; null for one through which nobody is apart. */
  private readonly rightsIfApart = memo(
    (row: number): ClusterRights | null => {
      const way = this.rows.way(row);
      const rights = this.rightsOfEntry(this.rows.index(row, 'entries'));
      return way && rights?.mayBeApart(way.entry) ? rights : null;
    },
    (row) => this.rows.index(row, 'entries'),
  );

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

  /** True if the answer may not be that of all people with access through the entry. */
  private isApart(row: number): boolean {
    const rights = this.rightsIfApart(row);
    const way = rights && this.rows.way(row);
    return way ? rights.isApart(way) : false;
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
    if (rows.isEarlier(row)) return NO;
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
  readonly answer: RowAnswer['answer'];
  /** Rows with the best answer first. */
  readonly rows: readonly number[];
}

/** The best first. */
const RANKS: readonly RowAnswer['answer'][] = ['yes', 'unknown', 'names', 'returns'];

/** Rows that are answered before the time is looked at. */
const BATCH = 500;
/** How long answering may keep the browser from anything else, in milliseconds. */
const SLICE = 12;

/**
 * Answers for each principal, those who can first. Pauses now and then: there may be hundreds of thousands of rows.
 * @param selected the rows to look at
 * @param isWanted false to stop
 */
export async function answersOf(
  question: PageQuestion,
  rows: PageRows,
  selected: Uint32Array,
  isWanted: () => boolean = () => true,
): Promise<readonly PrincipalAnswer[]> {
  const byPrincipal = new Map<number, number[]>();
  let since = performance.now();
  for (const [position, row] of selected.entries()) {
    if (position % BATCH === BATCH - 1 && performance.now() - since > SLICE) {
      await new Promise((resolve) => setTimeout(resolve));
      if (!isWanted()) break;
      since = performance.now();
    }
    if (question.verdict(row).answer === 'no') continue;
    const principal = rows.index(row, 'principals');
    const own = byPrincipal.get(principal);
    if (own) own.push(row);
    else byPrincipal.set(principal, [row]);
  }
  const rank = (row = 0) => RANKS.indexOf(question.verdict(row).answer);
  return [...byPrincipal]
    .map(([principal, own]) => ({ principal, rows: own.sort((one, other) => rank(one) - rank(other)) }))
    .sort((one, other) => rank(one.rows[0]) - rank(other.rows[0]))
    .map((one) => ({ ...one, answer: question.verdict(one.rows[0] ?? 0).answer }));
}

/** The questions in a text, which semicolons separate. */
export function questionsIn(text: string): readonly string[] {
  return text
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
