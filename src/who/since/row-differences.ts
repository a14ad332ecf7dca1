import { type AccessPolicy, wholePolicyText } from '../../eks.ts';
import { memo } from '../../memo.ts';
import { RISKS } from '../../rbac/ways-to-admin.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { compareStrings } from '../../text.ts';
import { ACCESS_TEXTS, REASON_TEXTS } from '../row-texts.ts';
import { OF_EVERYBODY } from '../way.ts';
import type { JsonEntry, JsonGrant, JsonRow } from './read-json.ts';
import type { RowDifference } from './row-change.ts';

/** The parts that rows share. */
type Parts = Pick<JsonRow, 'entry' | 'grant'>;

/** The texts of each field: the order of several doesn't matter. Null if an earlier version wrote no such field. */
const FIELDS = {
  access: ({ grant }) => (grant.access === undefined ? null : [ACCESS_TEXTS[grant.access]]),
  reason: ({ grant: { access, reason } }) =>
    access === undefined ? null : reason == null ? [] : [textOfCode(REASON_TEXTS, reason)],
  username: ({ entry }) => [withoutSuffix(entry.username, entry.rolearn)],
  groups: ({ entry }) => entry.groups,
  policies: ({ entry }) => entry.policies.map(policyText),
  can: ({ grant }) => grant.can ?? null,
  bindings: ({ grant }) =>
    grant.bindings === undefined ? null : withEverybodys(grant.bindings, grant.bindingsOfEverybody),
  risks: ({ grant: { risks, risksOfEverybody } }) => {
    const textOf = (code: string) => textOfCode(RISKS, code);
    return risks === undefined ? null : withEverybodys(risks?.map(textOf), risksOfEverybody?.map(textOf));
  },
} as const satisfies Readonly<Record<string, (row: Parts) => readonly string[] | null>>;

const NAMES = Object.keys(FIELDS) as readonly (keyof typeof FIELDS)[];

/** Permissions, which depend on access and on known bindings. */
const PERMISSIONS: readonly (keyof typeof FIELDS)[] = ['can', 'bindings', 'risks'];

/**
 * The differences of two rows, apart from their ARNs: a role that was re-created grants the same. Includes the usernames
 * in audit logs, which depend on the person.
 */
export function rowDifferences(was: JsonRow, now: JsonRow): readonly RowDifference[] {
  const shared = sharedDifferences(was.entry)(now.entry)(was.grant)(now.grant);
  if (shared.some(({ field }) => field === 'username')) return shared;
  const [before, after] = [was, now].map(({ auditUsername, entry }) =>
    auditUsername == null ? undefined : withoutSuffix(auditUsername, entry.rolearn),
  );
  if (before === undefined || after === undefined || before === after) return shared;
  return [...shared, { field: 'username', was: [before], now: [after] }];
}

/** Found once for all rows that share their entries and permissions in both runs. */
const sharedDifferences = memo((was: JsonEntry) =>
  memo((now: JsonEntry) =>
    memo((before: JsonGrant) =>
      memo((after: JsonGrant) => differences({ entry: was, grant: before }, { entry: now, grant: after })),
    ),
  ),
);

function differences(was: Parts, now: Parts): readonly RowDifference[] {
  // Without access, there are no permissions: that they are lost, too, says nothing more.
  const isPermitted = was.grant.access === now.grant.access && knowsBindings(was) === knowsBindings(now);
  const names = isPermitted ? NAMES : NAMES.filter((name) => !PERMISSIONS.includes(name));
  return names.flatMap((field) => {
    const [before, after] = [FIELDS[field](was), FIELDS[field](now)];
    if (!before || !after) return [];
    const [first, second] = [new Set<string>(before), new Set<string>(after)];
    const isSame = first.size === second.size && [...first].every((text) => second.has(text));
    return isSame ? [] : { field, was: [...first], now: [...second] };
  });
}

/** False for a row that was made without RBAC manifests: it has only what access policies and system:masters grant. */
export function knowsBindings({ entry, grant }: Parts): boolean {
  if (entry.kubernetesVersion !== null || grant.bindingsOfEverybody != null) return true;
  // Earlier versions had bindings with RBAC manifests only.
  return grant.bindingsOfEverybody === undefined && grant.bindings != null;
}

/** `cluster admin`; the code itself if this version doesn't know it. */
function textOfCode(texts: Readonly<Record<string, string>>, code: string): string {
  return new Map(Object.entries(texts)).get(code) ?? code;
}

function withEverybodys(
  own: readonly string[] | null = null,
  ofEverybody: readonly string[] | null = null,
): readonly string[] {
  return [...(own ?? []), ...(ofEverybody ?? []).map((text) => OF_EVERYBODY + text)];
}

function policyText({ policyArn, scope }: AccessPolicy): string {
  if (scope === 'cluster') return wholePolicyText({ policyArn, scope });
  return wholePolicyText({
    policyArn,
    scope: { namespaces: [...new Set(scope.namespaces)].sort(compareStrings) },
  });
}

/** A username that EKS generates has the name of the role, whose suffix is new each time it is re-created. */
function withoutSuffix(username: string, rolearn: string): string {
  const suffix = username.includes('AWSReservedSSO_') && parseProvisionedRoleArn(rolearn)?.suffix;
  return suffix ? username.replaceAll(`_${suffix}`, '') : username;
}
