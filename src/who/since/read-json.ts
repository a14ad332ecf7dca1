import * as v from 'valibot';
import { refusal } from '../../errors.ts';
import { memo } from '../../memo.ts';
import { readJsonValue } from '../../yaml/json.ts';
import { YamlSyntaxError } from '../../yaml/node.ts';
import { type JsonItem, JsonItems, JsonListError } from './json-items.ts';

// The output of `who -o json` (`who-json.ts`). Fields that it hasn't always had may be missing, and others are ignored.

const string = v.string('must be a string');
const list = <Item extends v.GenericSchema>(item: Item, message = 'must be a list') =>
  v.pipe(v.array(item, message), v.readonly());
const strings = list(string, 'must be a list of strings');
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);
const object = <const Fields extends v.ObjectEntries>(fields: Fields) =>
  v.object(fields, 'must be an object');
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  v.picklist(names, `must be one of ${names.join(', ')}`);
const time = v.pipe(
  string,
  v.check((text) => !Number.isNaN(Date.parse(text)), 'must be an ISO 8601 time'),
);

const principal = object({
  type: oneOf([
    'USER',
    'GROUP',
    'IAM_ROLE',
    'IAM_USER',
    'ACCOUNT',
    'KUBERNETES_GROUP',
    'KUBERNETES_USER',
    'SERVICE_ACCOUNT',
  ]),
  id: v.optional(string, ''),
  name: orNull(string),
});

const principalSchema = object({ principal });

const policySchema = object({
  policyArn: string,
  scope: v.union([v.literal('cluster'), object({ namespaces: strings })], 'must be "cluster" or namespaces'),
});

const entrySchema = object({
  accountId: string,
  accountName: orNull(string),
  permissionSet: orNull(string),
  rolearn: string,
  username: string,
  groups: strings,
  source: v.optional(oneOf(['aws-auth', 'access-entry', 'binding']), 'aws-auth'),
  policies: v.optional(list(policySchema), []),
  cluster: orNull(string),
  clusterArn: orNull(string),
  unread: orNull(object({ region: string, cause: string, detail: v.optional(string, '') })),
  asOf: orNull(time),
  kubernetesVersion: orNull(string),
});

const throughSchema = object({
  role: string,
  binding: string,
  namespace: orNull(string),
  subject: string,
  ofEverybody: v.optional(v.boolean('must be true or false'), false),
  can: v.optional(strings),
});

const grantSchema = object({
  access: v.optional(oneOf(['granted', 'none', 'unknown'])),
  reason: v.nullish(string),
  bindings: v.nullish(strings),
  risks: v.nullish(strings),
  bindingsOfEverybody: v.nullish(strings),
  risksOfEverybody: v.nullish(strings),
  can: v.nullish(strings),
  through: v.nullish(list(throughSchema)),
});

/** Fields that all rows of an entry share. */
export type JsonEntry = v.InferOutput<typeof entrySchema>;

/** Access and permissions of a row; undefined for fields that an earlier version of the program didn't write. */
export type JsonGrant = v.InferOutput<typeof grantSchema>;

/** A row of `-o json`. Rows share their parts: thousands of people have the same entry and permissions. */
export interface JsonRow {
  readonly principal: v.InferOutput<typeof principal>;
  readonly via: string | null;
  readonly entry: JsonEntry;
  readonly grant: JsonGrant;
  /** As audit logs show it; undefined in earlier versions. */
  readonly auditUsername: string | null | undefined;
}

const restSchema = object({ via: orNull(string), auditUsername: v.nullish(string) });

/**
 * Reads the output of `who -o json` in pieces: the whole may be larger than a string can be. Parts that rows share are
 * validated and kept once.
 */
export class WhoJsonReader {
  private readonly rows: JsonRow[] = [];
  private readonly file: string;
  private readonly items = new JsonItems();
  private readonly parsePrincipal = sharedParse(principalSchema);
  private readonly parseEntry = sharedParse(entrySchema);
  private readonly parseGrant = sharedParse(grantSchema);
  /** Texts repeat, too: a person has the same name in each cluster. */
  private readonly sharedText = memo((text: string | null | undefined) => text);
  /** The beginning of the file. */
  private start = '';

  /** @param file its name in messages */
  constructor(file: string) {
    this.file = file;
  }

  /** @throws Failure (exit 2) if it isn't the output of `who -o json` */
  push(chunk: Uint8Array): void {
    if (this.start === '') this.start = new TextDecoder().decode(chunk.subarray(0, 500));
    this.located(() => {
      for (const item of this.items.push(chunk)) this.add(item);
    });
  }

  /** @throws Failure (exit 2) like `push` */
  end(): readonly JsonRow[] {
    this.located(() => this.items.end());
    return this.rows;
  }

  private add(item: JsonItem): void {
    const value = this.parsed(item);
    const principal = this.parsePrincipal(value);
    const entry = this.parseEntry(value);
    const grant = this.parseGrant(value);
    const rest = v.safeParse(restSchema, value);
    if (principal.success && entry.success && grant.success && rest.success) {
      this.rows.push({
        principal: principal.output.principal,
        entry: entry.output,
        grant: grant.output,
        via: this.sharedText(rest.output.via) ?? null,
        auditUsername: this.sharedText(rest.output.auditUsername),
      });
      return;
    }
    const [issue] = [principal, entry, grant, rest].flatMap(({ issues }) => issues?.[0] ?? []);
    const path = issue && v.getDotPath(issue);
    const what = issue?.received === 'undefined' ? `${path} is missing` : `${path}: ${issue?.message}`;
    const message = `not the output of who -o json: row ${this.rows.length + 1}: ${what}`;
    throw refusal({
      message,
      location: { file: this.file, line: item.line, column: item.column },
      help: SAVE,
    });
  }

  private parsed(item: JsonItem): Readonly<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(item.text);
      return typeof value === 'object' && value !== null ? { ...value } : {};
    } catch (error) {
      const lines = item.text.slice(0, errorOffset(item.text)).split('\n');
      const columns = (lines.at(-1) ?? '').length;
      const line = item.line + lines.length - 1;
      const column = lines.length === 1 ? item.column + columns : columns + 1;
      throw refusal(
        { message: 'invalid JSON', location: { file: this.file, line, column }, help: SAVE },
        error,
      );
    }
  }

  /** Adds the file to what is wrong with the list in it. */
  private located(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof JsonListError)) throw error;
      const other = OTHER_FILES.find(({ start }) => start.test(this.start.trimStart()));
      throw refusal(
        other
          ? {
              message: `not the output of who -o json, but ${other.what}`,
              location: { file: this.file },
              help: SAVE,
            }
          : { message: error.message, location: { file: this.file, ...error.place }, help: SAVE },
        error,
      );
    }
  }
}

const SAVE = 'Save one with `aws-auth-sso who … -o json > FILE`, with the other options of this run.';

/** Files that users may pass instead, by how they start. */
const OTHER_FILES: readonly { readonly start: RegExp; readonly what: string }[] = [
  { start: /^\{\s*"version"/, what: 'a snapshot' },
  { start: /^\{\s*"(?:apiVersion|kind|items|metadata)"|^apiVersion:/, what: 'a Kubernetes manifest' },
  { start: /^<!doctype html/i, what: 'a page' },
];

/** Validates some fields of a row once for all rows that have the same values there. */
function sharedParse<const Fields extends v.ObjectEntries>(schema: v.ObjectSchema<Fields, string>) {
  const names = Object.keys(schema.entries);
  return memo(
    (row: Readonly<Record<string, unknown>>) => v.safeParse(schema, row),
    (row) => JSON.stringify(names.map((name) => row[name] ?? (name in row ? null : 0))),
  );
}

/** Where a text that isn't JSON goes wrong: the engine's message doesn't always say. */
function errorOffset(text: string): number {
  try {
    return readJsonValue(text, 0)?.end ?? 0;
  } catch (error) {
    return error instanceof YamlSyntaxError ? error.offset : 0;
  }
}
