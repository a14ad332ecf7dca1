import { type AccessPolicy, wholePolicyText } from '../../eks.ts';
import { RISKS } from '../../rbac/ways-to-admin.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { compareStrings } from '../../text.ts';
import { ACCESS_TEXTS, REASON_TEXTS } from '../row-texts.ts';
import type { WhoRow } from '../rows.ts';
import { OF_EVERYBODY } from '../way.ts';
import type { RowDifference } from './row-change.ts';

type Field = RowDifference['field'];

/** Values of each field but `via`. */
const VALUES: Readonly<Record<Exclude<Field, 'via'>, (row: WhoRow) => readonly string[]>> = {
  access: ({ access }) => [ACCESS_TEXTS[access]],
  reason: ({ reason }) => (reason === null ? [] : [REASON_TEXTS[reason]]),
  username: ({ username, rolearn }) => [withoutSuffix(username, rolearn)],
  groups: ({ groups }) => groups,
  policies: ({ policies }) => policies.map(policyText),
  can: ({ rights }) => rights?.can ?? [],
  // Without RBAC manifests, these are access policies, which have their own field.
  bindings: ({ rights, knowsBindings }) =>
    rights && (knowsBindings || rights.can.length > 0)
      ? [...rights.bindings, ...rights.bindingsOfEverybody]
      : [],
  risks: ({ routes, rights, knowsBindings }) => [
    ...routes.map(riskText),
    ...((knowsBindings && rights?.risksOfEverybody) || []).map((route) => OF_EVERYBODY + riskText(route)),
  ],
};

/** Without access, there are no permissions: that they are lost, too, says nothing more. */
const PERMISSIONS: ReadonlySet<Field> = new Set(['can', 'bindings', 'risks']);

/**
 * Finds the differences of two rows, apart from their ARNs: a role that was re-created grants the same.
 * @param viaBefore the group of the earlier row under its name in this run; undefined not to compare groups
 */
export function rowDifferences(
  was: WhoRow,
  now: WhoRow,
  viaBefore: string | null | undefined,
): readonly RowDifference[] {
  const isPermitted = was.access === now.access && was.knowsBindings === now.knowsBindings;
  const found: RowDifference[] = [];
  const compare = (field: Field, before: readonly string[], after: readonly string[]) => {
    if (before.length === after.length && before.every((text, index) => text === after[index])) return;
    const [first, second] = [new Set(before), new Set(after)];
    const isSame = first.size === second.size && [...first].every((text) => second.has(text));
    if (!isSame) found.push({ field, was: [...first], now: [...second] });
  };
  for (const field of FIELDS)
    if (isPermitted || !PERMISSIONS.has(field)) compare(field, VALUES[field](was), VALUES[field](now));
  if (viaBefore !== undefined) compare('via', listOf(viaBefore), listOf(now.via));
  // The username in audit logs depends on the person.
  if (
    was.auditUsername !== null &&
    now.auditUsername !== null &&
    !found.some(({ field }) => field === 'username')
  )
    compare(
      'username',
      [withoutSuffix(was.auditUsername, was.rolearn)],
      [withoutSuffix(now.auditUsername, now.rolearn)],
    );
  return found;
}

const FIELDS = Object.keys(VALUES) as (keyof typeof VALUES)[];

function listOf(text: string | null): readonly string[] {
  return text === null ? [] : [text];
}

/** In the words of its code: a route of this run may say more. */
function riskText({ risk }: WhoRow['routes'][number]): string {
  return RISKS[risk];
}

function policyText({ policyArn, scope }: AccessPolicy): string {
  const sorted =
    scope === 'cluster' ? scope : { namespaces: [...new Set(scope.namespaces)].sort(compareStrings) };
  return wholePolicyText({ policyArn, scope: sorted });
}

/** A username that EKS generates has the name of the role, whose suffix is new each time it is re-created. */
function withoutSuffix(username: string, rolearn: string): string {
  const suffix = username.includes('AWSReservedSSO_') && parseProvisionedRoleArn(rolearn)?.suffix;
  return suffix ? username.replaceAll(`_${suffix}`, '') : username;
}
