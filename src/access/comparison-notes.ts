import { groupBy } from '../group-by.ts';
import { listed, printable } from '../text.ts';

/** Why rows aren't compared, or what of them isn't. */
export type NoteKind = keyof typeof TEXTS;

/** Collects notes on rows of two runs that can't be compared, one for each cause. */
export class ComparisonNotes {
  private readonly notes: { readonly kind: NoteKind; readonly name: string; readonly rows: number }[] = [];
  private readonly file: string;

  /** @param file the earlier run's */
  constructor(file: string) {
    this.file = file;
  }

  /**
   * @param name of the cluster, or of the role
   * @param rows how many it is about; nothing is noted for none
   */
  add(kind: NoteKind, name: string, rows: number): void {
    if (rows > 0) this.notes.push({ kind, name, rows });
  }

  /** Clauses such as `cluster dev isn't in old.json: its 12 rows aren't compared`. */
  texts(): string[] {
    return [...groupBy(this.notes, ({ kind }) => kind)].map(([kind, notes]) => {
      const names = [...new Set(notes.map(({ name }) => name))];
      const isOne = names.length === 1;
      const count = notes.reduce((sum, { rows }) => sum + rows, 0);
      const what = count === 1 ? "row isn't compared" : `${count} rows aren't compared`;
      const text = TEXTS[kind]({
        file: this.file,
        cluster: `cluster${isOne ? '' : 's'} ${listed(names, MOST_NAMES)}`.trimEnd(),
        roles: listed(names, MOST_NAMES),
        isOne,
        left: `${isOne ? 'its' : 'their'} ${what}`,
        these: count === 1 ? `1 ${what}` : what,
      });
      return printable(text);
    });
  }
}

const MOST_NAMES = 5;

interface Words {
  readonly file: string;
  /** `cluster dev`, `clusters dev, test` */
  readonly cluster: string;
  /** `Admin in 111122223333` */
  readonly roles: string;
  readonly isOne: boolean;
  /** `its 12 rows aren't compared` */
  readonly left: string;
  /** `12 rows aren't compared` */
  readonly these: string;
}

const TEXTS = {
  'only-now': ({ cluster, isOne, file, left }: Words) =>
    `${cluster} ${isOne ? "isn't" : "aren't"} in ${file}: ${left}`,
  'only-before': ({ cluster, isOne, file, left }: Words) =>
    `${cluster} ${isOne ? 'is' : 'are'} only in ${file}: ${left}`,
  'only-one': ({ cluster, file }: Words) =>
    `${cluster} is compared with the only cluster in ${file}, which has another name or none`,
  'unread-now': ({ cluster, left }: Words) => `${cluster} couldn't be read now: ${left}`,
  'unread-before': ({ cluster, file, left }: Words) => `${cluster} couldn't be read for ${file}: ${left}`,
  'entries-now': ({ cluster, these }: Words) => `the access entries of ${cluster} weren't read now: ${these}`,
  'entries-before': ({ cluster, file, these }: Words) =>
    `the access entries of ${cluster} weren't read for ${file}: ${these}`,
  'aws-auth-now': ({ cluster, these }: Words) => `the aws-auth of ${cluster} wasn't given now: ${these}`,
  'aws-auth-before': ({ cluster, file, these }: Words) =>
    `${file} has no aws-auth entries of ${cluster}: ${these}`,
  'people-now': ({ roles, these }: Words) => `who has ${roles} is unknown now: ${these}`,
  'people-before': ({ roles, file, these }: Words) => `who has ${roles} is unknown in ${file}: ${these}`,
  'access-unknown': ({ cluster, these }: Words) =>
    `access to ${cluster} is unknown in one of the runs: ${these}`,
  'members-now': ({ file, these }: Words) =>
    `${file} lists members of groups, and this run doesn't (--expand): ${these}`,
  'members-before': ({ file }: Words) =>
    `${file} doesn't list members of groups (--expand), so members are compared with their group`,
  'bindings-now': ({ cluster, file }: Words) =>
    `bindings and risks of ${cluster} aren't compared: only ${file} was made with --rbac`,
  'bindings-before': ({ cluster, file }: Words) =>
    `bindings and risks of ${cluster} aren't compared: ${file} was made without --rbac`,
  'subjects-now': ({ cluster, these }: Words) =>
    `subjects of bindings in ${cluster} aren't listed now: ${these}`,
  'subjects-before': ({ cluster, file, these }: Words) =>
    `${file} doesn't list subjects of bindings in ${cluster}: ${these}`,
  version: ({ cluster, file }: Words) =>
    `${file} evaluated bindings of ${cluster} for another Kubernetes version`,
  'not-asked': ({ file, these }: Words) =>
    `${file} has rows that this run isn't about, because of its options: ${these}`,
  fields: ({ roles, file, isOne }: Words) =>
    `${file} is from an earlier version of this program: ${roles} ${isOne ? "isn't" : "aren't"} compared`,
} as const satisfies Readonly<Record<string, (words: Words) => string>>;
