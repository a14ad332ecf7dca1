import { groupBy } from '../../group-by.ts';
import { listed, printable } from '../../text.ts';

/** Why rows aren't compared, or what of them isn't. */
export type DoubtKind = keyof typeof TEXTS;

/** A run that lacks something: the earlier one, or this one. */
export type Side = 'was' | 'now';

/** Collects what of two runs can't be compared, one text for each cause. */
export class Doubts {
  private readonly found: {
    readonly kind: DoubtKind;
    readonly side: Side;
    readonly name: string;
    readonly rows: number;
  }[] = [];
  private readonly file: string;

  /** @param file the earlier run's */
  constructor(file: string) {
    this.file = file;
  }

  /**
   * @param side the run that lacks it
   * @param name of the cluster, account or role
   * @param rows how many aren't compared; 0 if it says what is
   */
  add(kind: DoubtKind, side: Side = 'was', name = '', rows = 0): void {
    this.found.push({ kind, side, name, rows });
  }

  /** Clauses such as `cluster dev couldn't be read now: 12 rows aren't compared`. */
  texts(): string[] {
    return [...groupBy(this.found, ({ kind, side }) => `${kind} ${side}`).values()].flatMap((found) => {
      const [first] = found;
      if (!first) return [];
      const names = [...new Set(found.map(({ name }) => name))];
      const rows = found.reduce((sum, one) => sum + one.rows, 0);
      const text = TEXTS[first.kind]({
        file: this.file,
        where: first.side === 'now' ? 'now' : `in ${this.file}`,
        when: first.side === 'now' ? 'now' : `for ${this.file}`,
        names: listed(names, MOST_NAMES),
        clusters: `cluster${names.length === 1 ? '' : 's'} ${listed(names, MOST_NAMES)}`.trimEnd(),
      });
      const left = rows === 1 ? "1 row isn't compared" : `${rows} rows aren't compared`;
      return printable(rows === 0 ? text : `${text}: ${left}`);
    });
  }
}

const MOST_NAMES = 5;

interface Words {
  readonly file: string;
  /** `now`, `in old.html` */
  readonly where: string;
  /** `now`, `for old.html` */
  readonly when: string;
  /** `Admin in 111122223333, View in 111122223333` */
  readonly names: string;
  /** `cluster dev`, `clusters dev, test` */
  readonly clusters: string;
}

const TEXTS = {
  question: ({ file }: Words) =>
    `${file} doesn't record its options, so different options look like changes; an earlier page (-o html) records them`,
  newer: ({ file, names }: Words) =>
    `${file} is newer than this run (as of ${names}), so new and gone are reversed: pass the older run with --since`,
  nothing: ({ file }: Words) =>
    `no cluster of this run is in ${file}, so nothing is compared: clusters are compared by ARN, or else by name`,
  scope: ({ file, names }: Words) =>
    `${file} selected other accounts or clusters, so what only one run has isn't compared (${names})`,
  'not-asked': ({ file }: Words) => `${file} has rows that this run's options leave out`,
  'only-one': ({ file, clusters }: Words) =>
    `${clusters} is compared with the only cluster in ${file}, which has another name or none`,
  file: ({ clusters, when }: Words) =>
    `no file of ${clusters} was given ${when}, so all access there counts as changed`,
  version: ({ file, clusters }: Words) =>
    `${file} evaluated bindings of ${clusters} for another Kubernetes version, so default roles may differ`,
  unread: ({ clusters, when }: Words) => `${clusters} couldn't be read ${when}`,
  entries: ({ clusters, when }: Words) => `the access entries of ${clusters} weren't read ${when}`,
  'aws-auth': ({ clusters, when }: Words) => `the aws-auth of ${clusters} wasn't given ${when}`,
  bindings: ({ clusters, when }: Words) =>
    `the RBAC of ${clusters} wasn't given ${when} (--rbac), so roles and routes to admin aren't compared`,
  members: ({ where }: Words) => `members of groups aren't listed ${where} (--expand)`,
  people: ({ names, where }: Words) => `who has ${names} is unknown ${where}`,
  access: ({ clusters, where }: Words) => `access to ${clusters} is unknown ${where}`,
} as const satisfies Readonly<Record<string, (words: Words) => string>>;
