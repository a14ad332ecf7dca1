import * as v from 'valibot';
import { memo } from '../memo.ts';
import { jsonOf } from '../who/json.ts';
import { principalSchema, rowOfJson } from '../who/since/read-json.ts';
import type { ComparedRun } from '../who/since/run.ts';
import { PAGE_FORMAT, type PageData, ROW_TABLES } from './data.ts';
import { at, PageRows } from './decode.ts';

const strings = v.array(v.string());
const text = v.nullable(v.string());
const file = v.nullable(v.looseObject({}));
/** Only an array: anything else with a `length` could claim billions of rows. */
const column = v.custom<readonly number[]>((one) => Array.isArray(one) && one.every(Number.isInteger));

/** The part of `PageData` that says how a run was made; `PageRows` and `rowOfJson` find what is wrong with the rest. */
const headSchema = v.looseObject({
  asOf: text,
  asked: v.nullable(strings),
  limits: v.object({
    named: v.array(v.object({ type: v.string(), name: text })),
    kubernetesGroups: v.nullable(strings),
    namespace: text,
  }),
  scope: strings,
  isExpanded: v.boolean(),
  clusters: v.array(
    v.object({ name: text, arn: text, file, authenticationMode: text, rbac: v.nullable(v.number()) }),
  ),
  since: v.nullable(v.object({ earlierRows: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
  tables: v.looseObject({ principals: v.array(principalSchema), vias: v.array(text) }),
  rows: v.pipe(
    v.record(v.picklist(ROW_TABLES), column),
    v.check((rows) => new Set(Object.values(rows).map(({ length }) => length)).size === 1),
  ),
});

/** The question of a page. */
export interface EarlierQuestion extends Pick<PageData, 'asked' | 'scope'> {
  readonly limits: Pick<PageData['limits'], 'kubernetesGroups' | 'namespace'> & {
    readonly named: readonly { readonly type: string; readonly name: string | null }[];
  };
}

/**
 * Reads a page of `who -o html` as an earlier run.
 * @returns null if it is something else; why it can't be read if it is incomplete, damaged, or from another version
 */
export function runOfPage(
  html: string,
): { readonly run: ComparedRun; readonly question: EarlierQuestion } | string | null {
  if (!/^\s*<!doctype html>/i.test(html.slice(0, 100))) return null;
  const from = html.indexOf(DATA) + DATA.length;
  const end = html.indexOf('</script>', from);
  if (from < DATA.length || end < 0) return 'not a page of who -o html, or incomplete';
  try {
    const read: unknown = JSON.parse(html.slice(from, end));
    const isKnown = v.is(v.object({ format: v.literal(PAGE_FORMAT) }), read);
    if (!isKnown) return 'the page is from another version of this program, in another format';
    const question = v.parse(headSchema, read);
    return { run: runOf(question, new PageRows(read as unknown as PageData)), question };
  } catch {
    return "the page's data is damaged";
  }
}

const DATA = '<script type="application/json" id="data">';

function runOf(head: v.InferOutput<typeof headSchema>, page: PageRows): ComparedRun {
  const { asked, asOf, isExpanded, clusters, since } = head;
  const count = page.count - (since?.earlierRows ?? 0);
  if (count < 0) throw new Error('more rows of an earlier run than rows');
  // All but the person is the same in many rows.
  const shared = memo(
    (row: number) => rowOfJson(jsonOf(page.row(row), asked !== null)),
    (row) => `${page.index(row, 'entries')} ${page.index(row, 'grants')}`,
  );
  return {
    rows: Array.from({ length: count }, (_, row) => ({
      ...shared(row),
      principal: page.principal(page.index(row, 'principals')),
      via: page.via(page.index(row, 'vias')),
      auditUsername: page.username(page.index(row, 'usernames')),
    })),
    clusters: clusters.map(({ name, arn, file, authenticationMode, rbac }) => ({
      name,
      arn,
      knowsAwsAuth: file !== null || arn === null || authenticationMode === 'API',
      knowsBindings: rbac !== null && at(page.data.tables.rbac, rbac).knowsBindings,
    })),
    isExpanded,
    asOf,
    asked,
  };
}
