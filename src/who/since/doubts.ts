import { groupBy } from '../../group-by.ts';
import { listed, printable } from '../../text.ts';

/** Why rows aren't compared, or what of them isn't. */
export type DoubtKind = keyof typeof TEXTS;

/** Collects what of two runs can't be compared, one text for each cause. */
export class Doubts {
  private readonly found: { readonly kind: DoubtKind; readonly name: string; readonly rows: number }[] = [];
  private readonly file: string;

  /** @param file the earlier run's */
  constructor(file: string) {
    this.file = file;
  }

  /**
   * @param name of the cluster, account or role
   * @param rows how many it is about; nothing is noted for none
   */
  add(kind: DoubtKind, name = '', rows = 1): void {
    if (rows > 0) this.found.push({ kind, name, rows });
  }

  /** Clauses such as `cluster dev couldn't be read now: its 12 rows aren't compared`. */
  texts(): string[] {
    return [...groupBy(this.found, ({ kind }) => kind)].map(([kind, found]) => {
      const names = [...new Set(found.map(({ name }) => name))];
      const count = found.reduce((sum, { rows }) => sum + rows, 0);
      const clusters = `cluster${names.length === 1 ? '' : 's'} ${listed(names, MOST_NAMES)}`.trimEnd();
      const left = count === 1 ? "1 row isn't compared" : `${count} rows aren't compared`;
      return printable(TEXTS[kind]({ file: this.file, names: listed(names, MOST_NAMES), clusters, left }));
    });
  }
}

const MOST_NAMES = 5;

interface Words {
  readonly file: string;
  /** `Admin in 111122223333, View in 111122223333` */
  readonly names: string;
  /** `cluster dev`, `clusters dev, test` */
  readonly clusters: string;
  /** `12 rows aren't compared` */
  readonly left: string;
}

const TEXTS = {
  question: ({ file }: Words) =>
    `${file} doesn't say which options it was made with, and other options look like changes; a page (-o html) says it`,
  newer: ({ file, names }: Words) =>
    `${file} is newer than this run (as of ${names}), so new and gone are reversed: give the older run to --since`,
  nothing: ({ file }: Words) =>
    `no cluster of this run is in ${file}, so nothing is compared: clusters are compared by ARN, or else by name`,
  scope: ({ file, names, left }: Words) =>
    `${file} selected other accounts or clusters, so what only one run has isn't compared (${names}): ${left}`,
  'not-asked': ({ file, left }: Words) => `${file} has rows that this run's options leave out: ${left}`,
  'only-one': ({ file, clusters }: Words) =>
    `${clusters} is compared with the only cluster in ${file}, which has another name or none`,
  'unread-now': ({ clusters, left }: Words) => `${clusters} couldn't be read now: ${left}`,
  'unread-before': ({ file, clusters, left }: Words) => `${clusters} couldn't be read for ${file}: ${left}`,
  'entries-now': ({ clusters, left }: Words) => `the access entries of ${clusters} weren't read now: ${left}`,
  'entries-before': ({ file, clusters, left }: Words) =>
    `the access entries of ${clusters} weren't read for ${file}: ${left}`,
  'aws-auth-now': ({ clusters, left }: Words) => `the aws-auth of ${clusters} wasn't given now: ${left}`,
  'aws-auth-before': ({ file, clusters, left }: Words) =>
    `${file} has no aws-auth entries of ${clusters}: ${left}`,
  'bindings-now': ({ file, clusters }: Words) =>
    `bindings and risks of ${clusters} aren't compared: only ${file} was made with --rbac`,
  'bindings-before': ({ file, clusters }: Words) =>
    `bindings and risks of ${clusters} aren't compared: ${file} was made without --rbac`,
  version: ({ file, clusters }: Words) =>
    `${file} evaluated bindings of ${clusters} for another Kubernetes version, so default roles may differ`,
  'people-now': ({ names, left }: Words) => `who has ${names} is unknown now: ${left}`,
  'people-before': ({ file, names, left }: Words) => `who has ${names} is unknown in ${file}: ${left}`,
  'access-unknown': ({ clusters, left }: Words) =>
    `access to ${clusters} is unknown in one of the runs: ${left}`,
  'members-now': ({ file, left }: Words) =>
    `${file} lists members of groups, and this run doesn't (--expand): ${left}`,
  'members-before': ({ file }: Words) =>
    `${file} doesn't list members of groups (--expand), so members are compared with their group`,
} as const satisfies Readonly<Record<string, (words: Words) => string>>;
