import * as v from 'valibot';
import { Failure, refusal } from '../errors.ts';
import { RISKS } from '../rbac/ways-to-admin.ts';
import { accessSchema, entrySchema, GIVE_PAGE, principalSchema } from '../who/since/read-json.ts';
import type { Run } from '../who/since/run.ts';
import { PAGE_FORMAT, type PageData } from './data.ts';
import { PageRows } from './decode.ts';

const strings = v.array(v.string());
const text = v.nullable(v.string());
const index = v.number();
const indexes = v.array(index);
const subject = v.object({
  kind: v.picklist(['Group', 'User', 'ServiceAccount', 'AccessEntry']),
  name: v.string(),
  namespace: text,
});
const route = v.looseObject({ risk: v.picklist(Object.keys(RISKS)), text: v.string(), through: v.string() });

/** The part of `PageData` that makes an earlier run. `PageRows` finds indexes that are wrong. */
const dataSchema = v.looseObject({
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
    v.looseObject({
      name: text,
      arn: text,
      file: v.nullable(v.looseObject({})),
      authenticationMode: text,
      rbac: v.nullable(index),
    }),
  ),
  since: v.nullable(v.looseObject({ earlierRows: v.number() })),
  tables: v.looseObject({
    principals: v.array(principalSchema),
    vias: v.array(text),
    entries: v.array(v.looseObject(entrySchema)),
    grants: v.array(
      v.looseObject({ ...accessSchema, note: v.string(), rights: v.nullable(index), routes: index }),
    ),
    usernames: v.array(v.nullable(v.tuple([index, index]))),
    usernameStarts: strings,
    usernameEnds: strings,
    rights: v.array(
      v.looseObject({
        admin: text,
        can: strings,
        bindings: strings,
        bindingsOfEverybody: strings,
        roles: indexes,
        rolesOfEverybody: indexes,
        risks: v.array(route),
        risksOfEverybody: v.array(route),
      }),
    ),
    routes: v.array(v.array(route)),
    boundRoles: v.array(v.object({ role: index, binding: index, subject, can: strings })),
    roles: v.array(
      v.object({
        kind: v.picklist(['ClusterRole', 'Role', 'AccessPolicy']),
        name: v.string(),
        namespace: text,
        rules: index,
      }),
    ),
    rules: v.array(v.array(v.looseObject({ verbs: strings }))),
    bindings: v.array(
      v.looseObject({
        kind: v.picklist(['ClusterRoleBinding', 'RoleBinding', 'AccessPolicy']),
        name: v.string(),
        namespace: text,
        subjects: v.array(subject),
      }),
    ),
    rbac: v.array(v.looseObject({ knowsBindings: v.boolean() })),
  }),
});

/** The question of a page. */
export interface PageQuestion extends Pick<PageData, 'asked' | 'scope'> {
  readonly limits: Pick<PageData['limits'], 'kubernetesGroups' | 'namespace'> & {
    readonly named: readonly { readonly type: string; readonly name: string | null }[];
  };
}

/**
 * Reads a page of `who -o html` as an earlier run.
 * @param file its name in messages
 * @returns null if it is something else
 * @throws Failure (exit 2) if it is incomplete, damaged, or from another version
 */
export function runOfPage(
  html: string,
  file: string,
): { readonly run: Run; readonly question: PageQuestion } | null {
  if (!/^\s*<!doctype html>/i.test(html.slice(0, 100))) return null;
  const wrong = (message: string, cause?: unknown) =>
    refusal({ message, location: { file }, help: GIVE_PAGE }, cause);
  const from = html.indexOf(DATA) + DATA.length;
  const end = html.indexOf('</script>', from);
  if (from < DATA.length) throw wrong('not a page of who -o html, or incomplete');
  if (end < 0) throw wrong('the page is incomplete');
  try {
    const read: unknown = JSON.parse(html.slice(from, end));
    if (!v.is(v.object({ format: v.literal(PAGE_FORMAT) }), read))
      throw wrong('the page is from another version of this program, in another format');
    v.assert(dataSchema, read);
    const data = read as unknown as PageData;
    return { run: runOf(data), question: data };
  } catch (error) {
    throw error instanceof Failure ? error : wrong("the page's data is damaged", error);
  }
}

const DATA = '<script type="application/json" id="data">';

function runOf(data: PageData): Run {
  const { asked, asOf, isExpanded, clusters, since, tables } = data;
  const page = new PageRows(data);
  const count = page.count - (since?.earlierRows ?? 0);
  return {
    rows: Array.from({ length: count }, (_, row) => ({ ...page.row(row), way: null })),
    clusters: clusters.map(({ name, arn, file, authenticationMode, rbac }) => ({
      name,
      arn,
      knowsAwsAuth: file !== null || arn === null || authenticationMode === 'API',
      knowsBindings: rbac !== null && tables.rbac[rbac]?.knowsBindings === true,
    })),
    isExpanded,
    asOf,
    asked,
  };
}
