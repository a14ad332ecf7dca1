import * as v from 'valibot';
import { type Failure, type Location, refusal } from '../errors.ts';
import { type JsonItem, JsonItems, JsonListError } from '../json-items.ts';
import { readJsonValue } from '../yaml/json.ts';
import { YamlSyntaxError } from '../yaml/node.ts';

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

/** Reads the output of `who -o json` in pieces. Parts that rows share are validated and kept once. */
export class WhoJsonReader {
  private readonly rows: JsonRow[] = [];
  private readonly file: string;
  private readonly items = new JsonItems();
  private readonly principals = new Shared(principalSchema);
  private readonly entries = new Shared(entrySchema);
  private readonly grants = new Shared(grantSchema);
  private readonly texts = new Map<string, string>();
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
    const value = parsed(item, this.file);
    const principal = this.principals.of(value);
    const entry = this.entries.of(value);
    const grant = this.grants.of(value);
    const rest = v.safeParse(restSchema, value);
    const parts = [principal, entry, grant, rest];
    if (principal.success && entry.success && grant.success && rest.success) {
      const via = this.sharedText(rest.output.via);
      const auditUsername = this.sharedText(rest.output.auditUsername);
      const shared = { principal: principal.output.principal, entry: entry.output, grant: grant.output };
      this.rows.push({ ...shared, via, auditUsername });
    } else throw this.invalidRow(item, value, parts.flatMap(({ issues }) => issues?.[0] ?? [])[0]);
  }

  /** Texts repeat, too: a person has the same name in each cluster. */
  private sharedText<Text extends string | null | undefined>(text: Text): Text | string {
    if (text == null) return text;
    const known = this.texts.get(text) ?? text;
    this.texts.set(known, known);
    return known;
  }

  private invalidRow(item: JsonItem, value: Fields, issue: v.BaseIssue<unknown> | undefined): Failure {
    const other = OTHER_LISTS.find(({ field }) => field in value);
    if (other && !('principal' in value)) return this.isOther(other.what);
    const path = issue ? v.getDotPath(issue) : null;
    const isMissing = issue?.received === 'undefined';
    const what =
      path === null ? 'must be an object' : `${path}${isMissing ? ' is missing' : `: ${issue?.message}`}`;
    const message = `not the output of who -o json: row ${this.rows.length + 1}: ${what}`;
    return refusal({ message, location: this.at(item), help: SAVE });
  }

  private isOther(what: string): Failure {
    const message = `not the output of who -o json, but ${what}`;
    return refusal({ message, location: { file: this.file }, help: SAVE });
  }

  /** Adds the place in the file to what is wrong with it. */
  private located(read: () => void): void {
    try {
      read();
    } catch (error) {
      throw error instanceof JsonListError ? this.listFailure(error) : error;
    }
  }

  private listFailure(error: JsonListError): Failure {
    const location = this.at(error);
    const refused = (message: string) => refusal({ message, location, help: SAVE }, error);
    switch (error.kind) {
      case 'empty':
        return refusal({ message: 'the file is empty', location: { file: this.file }, help: SAVE }, error);
      case 'incomplete':
        return refused('the file is incomplete: it ends before the list of rows does');
      case 'trailing':
        return refused('invalid JSON: text after the list of rows');
      case 'nested':
        return refused('not the output of who -o json: nested too deeply');
      case 'encoding':
        return refused("the input isn't UTF-8 text");
      case 'no-list': {
        const other = OTHER_STARTS.find(({ start }) => start.test(this.start.trimStart()));
        return other
          ? this.isOther(other.what)
          : refused('not the output of who -o json: not a list in JSON');
      }
    }
  }

  private at({ line, column }: Pick<JsonItem, 'line' | 'column'>): Location {
    return { file: this.file, line, column };
  }
}

const SAVE = 'Save one with `aws-auth-sso who … -o json > FILE`, with the other options of this run.';

/** Files that users may pass instead, by how they start. */
const OTHER_STARTS: readonly { readonly start: RegExp; readonly what: string }[] = [
  { start: /^\{\s*"version"/, what: 'a snapshot' },
  { start: /^\{\s*"findings"/, what: 'the output of check -o json' },
  { start: /^\{\s*"caller"/, what: 'the output of explain -o json' },
  { start: /^\{\s*"changed"/, what: 'the output of diff -o json' },
  { start: /^\{\s*"entries"/, what: 'entries' },
  { start: /^\{\s*"(?:apiVersion|kind|items|metadata)"|^apiVersion:/, what: 'a Kubernetes manifest' },
  { start: /^\{/, what: 'another object in JSON' },
  { start: /^<!doctype html/i, what: 'a page' },
  { start: /^\ufeff?(?:\w+,)+principalType,/, what: 'CSV' },
  { start: /^(?:CLUSTER|PRINCIPAL) +[A-Z]/, what: 'a table' },
  { start: /^(?:flowchart|graph|%%|---)/, what: 'a diagram' },
];

/** Lists in JSON that users may pass instead, by a field of their items. */
const OTHER_LISTS: readonly { readonly field: string; readonly what: string }[] = [
  { field: 'roleArn', what: 'the output of roles -o json' },
  { field: 'mapRoles', what: 'the output of view -o json' },
  { field: 'findings', what: 'the output of check -o json' },
];

type Fields = Readonly<Record<string, unknown>>;

/** Validates some fields of a row once for all rows that have the same values there. */
class Shared<const Entries extends v.ObjectEntries> {
  private readonly schema: v.ObjectSchema<Entries, string>;
  private readonly names: readonly string[];
  private readonly known = new Map<string, v.SafeParseResult<v.ObjectSchema<Entries, string>>>();

  constructor(schema: v.ObjectSchema<Entries, string>) {
    this.schema = schema;
    this.names = Object.keys(schema.entries);
  }

  of(row: Fields): v.SafeParseResult<v.ObjectSchema<Entries, string>> {
    const key = JSON.stringify(this.names.map((name) => row[name] ?? (name in row ? null : 0)));
    const known = this.known.get(key);
    if (known) return known;
    const result = v.safeParse(this.schema, row);
    this.known.set(key, result);
    return result;
  }
}

/** @throws Failure (exit 2) with the place of what isn't JSON */
function parsed({ text, line, column }: JsonItem, file: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    const offset = errorOffset(text);
    const lines = text.slice(0, offset).split('\n');
    const last = lines[lines.length - 1] ?? '';
    const location = {
      file,
      line: line + lines.length - 1,
      column: lines.length === 1 ? column + last.length : last.length + 1,
    };
    throw refusal({ message: 'invalid JSON', location, help: SAVE }, error);
  }
}

/** Where a text that isn't JSON goes wrong: the engine's message doesn't always say. */
function errorOffset(text: string): number {
  try {
    return readJsonValue(text, 0)?.end ?? 0;
  } catch (error) {
    return error instanceof YamlSyntaxError ? error.offset : 0;
  }
}
