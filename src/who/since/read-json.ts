import * as v from 'valibot';
import { possibleAdminBy } from '../../aws-auth/groups.ts';
import { refusal } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { RISKS, type Risk } from '../../rbac/ways-to-admin.ts';
import type { Rights } from '../cluster-rights.ts';
import { REASON_TEXTS } from '../row-texts.ts';
import type { AdminRoute, WhoRow } from '../rows.ts';
import { grantedTo } from '../way.ts';
import { clusterKey, type Run, roleOfArn } from './run.ts';

const strings = v.array(v.string());
const text = v.nullable(v.string());

export const principalSchema = v.object({
  type: v.picklist([
    'USER',
    'GROUP',
    'IAM_ROLE',
    'IAM_USER',
    'ACCOUNT',
    'KUBERNETES_GROUP',
    'KUBERNETES_USER',
    'SERVICE_ACCOUNT',
  ]),
  id: v.string(),
  name: text,
});

const REASONS = Object.keys(REASON_TEXTS) as (keyof typeof REASON_TEXTS)[];

/** Fields that all rows of an entry share. */
export const entrySchema = {
  accountId: v.string(),
  accountName: text,
  permissionSet: text,
  rolearn: v.string(),
  username: v.string(),
  groups: strings,
  source: v.picklist(['aws-auth', 'access-entry', 'binding']),
  policies: v.array(
    v.object({
      policyArn: v.string(),
      scope: v.union([v.literal('cluster'), v.object({ namespaces: strings })]),
    }),
  ),
  cluster: text,
  clusterArn: text,
  unread: v.nullable(v.object({ region: v.string(), cause: v.string(), detail: v.string() })),
  asOf: text,
  kubernetesVersion: text,
};

export const accessSchema = {
  access: v.picklist(['granted', 'none', 'unknown']),
  // A reason that this version doesn't know says nothing.
  reason: v.fallback(v.nullable(v.picklist(REASONS)), null),
};

const rowSchema = v.object({
  ...entrySchema,
  ...accessSchema,
  principal: principalSchema,
  via: text,
  auditUsername: text,
  bindings: v.nullable(strings),
  risks: v.nullable(strings),
  bindingsOfEverybody: v.nullable(strings),
  risksOfEverybody: v.nullable(strings),
  can: v.optional(strings),
});

const rowsSchema = v.array(rowSchema);

type JsonRow = v.InferOutput<typeof rowSchema>;

/**
 * Reads the output of `who -o json`.
 * @param file its name in messages
 * @throws Failure (exit 2) if it is something else
 */
export function runOfJson(source: string, file: string): Run {
  const read = jsonIn(source, file);
  const parsed = v.safeParse(rowsSchema, read, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const [row, ...fields] = (issue.path ?? []).map(({ key }) => String(key));
    const place = row === undefined ? 'the list of rows' : `row ${Number(row) + 1}: ${fields.join('.')}`;
    const what = issue.received === 'undefined' ? 'is missing' : 'is invalid';
    const message = `not the output of who -o json: ${place} ${what}`;
    throw refusal({ message, location: { file }, help: GIVE_PAGE });
  }
  const rows = parsed.output.map(rowOf);
  const clusters = groupBy(
    rows.filter(({ unread }) => unread === null),
    clusterKey,
  );
  return {
    rows,
    clusters: [...clusters.values()].flatMap((own) => {
      const [{ cluster: name, clusterArn: arn } = { cluster: null, clusterArn: null }] = own;
      const knowsAwsAuth = arn === null || own.some((row) => row.source === 'aws-auth');
      return { name, arn, knowsAwsAuth, knowsBindings: own.some((row) => row.knowsBindings) };
    }),
    isExpanded: listsMembers(rows),
    asOf: rows.find((row) => row.asOf !== null)?.asOf ?? null,
    asked: parsed.output.some(({ can }) => can) ? parsed.output.flatMap(({ can = [] }) => can) : null,
  };
}

/** The next step for a file that isn't an earlier run. */
export const GIVE_PAGE =
  'Give a page that `aws-auth-sso who … -o html > FILE` wrote with the other options of this run, or its -o json.';

function jsonIn(source: string, file: string): unknown {
  const start = source.slice(0, 500).trimStart();
  const other = OTHER_FILES.find(({ pattern }) => pattern.test(start));
  try {
    if (!other) return JSON.parse(source);
  } catch (error) {
    const message =
      start === '' ? 'the file is empty' : 'not a page or the output of who -o json, or incomplete';
    throw refusal({ message, location: { file }, help: GIVE_PAGE }, error);
  }
  throw refusal({
    message: `not a page or the output of who -o json, but ${other.what}`,
    location: { file },
    help: GIVE_PAGE,
  });
}

/** Files that users may pass instead, by how they start. */
const OTHER_FILES: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^\{\s*"version"/, what: 'a snapshot' },
  { pattern: /^\{\s*"(?:apiVersion|kind|items|metadata)"|^apiVersion:/, what: 'a Kubernetes manifest' },
];

/** True if members of groups are listed (--expand, --can): one of them has the permissions of the group. */
function listsMembers(rows: readonly WhoRow[]): boolean {
  const keyOf = (row: WhoRow, group: string | null) =>
    `${clusterKey(row)}\n${roleOfArn(row.rolearn)}\n${group}`;
  const groups = rows.filter(({ principal }) => principal.type === 'GROUP');
  const rights = new Map(groups.map((row) => [keyOf(row, row.principal.name), row.rights]));
  return rows.some((row) => row.via !== null && rights.get(keyOf(row, row.via)) === row.rights);
}

function rowOf(row: JsonRow): WhoRow {
  const { bindings, risks, bindingsOfEverybody, risksOfEverybody, can, ...rest } = row;
  const { accountId, principal, rolearn: id, username, groups, policies, source, access: status } = row;
  const { type, id: principalId, name } = principal;
  const person = type === 'USER' || type === 'GROUP' ? { type, id: principalId, name, members: null } : null;
  const common = { id, arn: id, username, groups };
  const entry =
    source === 'access-entry' ? { ...common, source, policies } : { ...common, source: 'aws-auth' as const };
  const admin =
    status === 'none'
      ? null
      : possibleAdminBy(grantedTo({ entry, accountId, principal: person, status, isNode: false }));
  const [only = '', ...others] = bindings ?? [];
  return {
    ...rest,
    rights: bindings || can ? rightsOf({ can, bindings, bindingsOfEverybody, risksOfEverybody }) : null,
    routes: routesOf({
      codes: risks ?? (admin === null ? [] : ['cluster-admin']),
      through: admin ?? (others.length === 0 ? only : ''),
    }),
    note: '',
    knowsBindings: row.kubernetesVersion !== null,
    answersOf: () => [],
    way: null,
  };
}

/** Permissions by their names: JSON has no rules. Shared by all rows that have the same. */
const rightsOf = memo(
  (row: Pick<JsonRow, 'can' | 'bindings' | 'bindingsOfEverybody' | 'risksOfEverybody'>): Rights => {
    return {
      admin: null,
      can: row.can ?? [],
      bindings: row.bindings ?? [],
      bindingsOfEverybody: row.bindingsOfEverybody ?? [],
      risks: [],
      risksOfEverybody: routesOf({ codes: row.risksOfEverybody ?? [], through: '' }).map((route) => ({
        ...route,
        isTogether: false,
      })),
      roles: [],
      rolesOfEverybody: [],
      forNames: [],
      returning: [],
    };
  },
  (row) => JSON.stringify(row),
);

/** Risks that this version doesn't know are left out. */
const routesOf = memo(
  ({
    codes,
    through,
  }: {
    readonly codes: readonly string[];
    readonly through: string;
  }): readonly AdminRoute[] => {
    const isRisk = (code: string): code is Risk => Object.hasOwn(RISKS, code);
    return codes.filter(isRisk).map((risk) => ({ risk, text: RISKS[risk], through }));
  },
  ({ codes, through }) => `${codes} ${through}`,
);
