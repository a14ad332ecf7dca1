import { type AccessPolicy, wholePolicyText } from '../access-entry.ts';
import { RISKS } from '../rbac/ways.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { compareStrings } from '../text.ts';
import type { JsonRow } from './read-who-json.ts';
import { ACCESS_TEXTS, REASON_TEXTS } from './row-texts.ts';
import { OF_EVERYBODY } from './way.ts';

/** A field of a row with its texts in an earlier run and now. */
export interface Difference {
  readonly field: ComparedField;
  readonly was: string;
  readonly now: string;
}

/** The fields in which two rows of the same principal and entry can differ. */
type ComparedField = keyof typeof FIELDS;

/**
 * The texts of a field: the order of several doesn't matter. Null if the row has no such field: earlier
 * versions wrote fewer.
 */
type TextsOf = (row: JsonRow) => readonly string[] | null;

const FIELDS = {
  access: ({ grant }) => (grant.access === undefined ? null : [ACCESS_TEXTS[grant.access]]),
  reason: ({ grant }) => (grant.access === undefined ? null : presentTexts(grant.reason).map(reasonText)),
  username: ({ entry }) => [withoutSuffix(entry.username, entry.rolearn)],
  groups: ({ entry }) => entry.groups,
  policies: ({ entry }) => entry.policies.map(policyText),
  can: ({ grant }) => grant.can ?? null,
  bindings: ({ grant }) =>
    grant.bindings === undefined ? null : withEverybodys(grant.bindings, grant.bindingsOfEverybody),
  risks: ({ grant }) =>
    grant.risks === undefined
      ? null
      : withEverybodys(grant.risks?.map(riskText), grant.risksOfEverybody?.map(riskText)),
} as const satisfies Readonly<Record<string, TextsOf>>;

const NAMES = Object.keys(FIELDS) as readonly ComparedField[];

/** Permissions, which depend on access and on known bindings. */
const PERMISSIONS: readonly ComparedField[] = ['can', 'bindings', 'risks'];

/** The differences of two rows, apart from their ARNs: a role that was re-created grants the same. */
export function differences(was: JsonRow, now: JsonRow): readonly Difference[] {
  // Without access, there are no permissions: that they are lost, too, says nothing more.
  const isPermitted = was.grant.access === now.grant.access && knowsBindings(was) === knowsBindings(now);
  const names = isPermitted ? NAMES : NAMES.filter((name) => !PERMISSIONS.includes(name));
  return names.flatMap((field) => {
    const before = FIELDS[field](was);
    const after = FIELDS[field](now);
    return before && after && !isSame(before, after)
      ? { field, was: textOf(before), now: textOf(after) }
      : [];
  });
}

/** Finds differences once for all rows that share their entries and permissions in both runs. */
export class Differences {
  private readonly numbers = new Map<object, number>();
  private readonly known = new Map<string, readonly Difference[]>();

  /** Includes the usernames in audit logs, which depend on the person. */
  of(was: JsonRow, now: JsonRow): readonly Difference[] {
    const key = [was.entry, was.grant, now.entry, now.grant].map((part) => this.numberOf(part)).join();
    const shared = this.known.get(key) ?? differences(was, now);
    this.known.set(key, shared);
    if (shared.some(({ field }) => field === 'username')) return shared;
    const own = auditDifference(was, now);
    return own ? [...shared, own] : shared;
  }

  private numberOf(part: object): number {
    const number = this.numbers.get(part) ?? this.numbers.size;
    this.numbers.set(part, number);
    return number;
  }
}

function auditDifference(was: JsonRow, now: JsonRow): Difference | undefined {
  const [before, after] = [was, now].map(({ auditUsername, entry }) =>
    auditUsername == null ? undefined : withoutSuffix(auditUsername, entry.rolearn),
  );
  if (before === undefined || after === undefined || before === after) return undefined;
  return { field: 'username', was: before, now: after };
}

/** False for a row that was made without RBAC manifests: it has only what access policies and system:masters grant. */
export function knowsBindings({ entry, grant }: Pick<JsonRow, 'entry' | 'grant'>): boolean {
  if (entry.kubernetesVersion !== null || grant.bindingsOfEverybody != null) return true;
  // Earlier versions had bindings with RBAC manifests only.
  return grant.bindingsOfEverybody === undefined && grant.bindings != null;
}

/** `cluster admin`; the code itself if it isn't known. */
function riskText(code: string): string {
  return new Map<string, string>(Object.entries(RISKS)).get(code) ?? code;
}

/** A reason in words; the code itself if it isn't known. */
function reasonText(code: string): string {
  return new Map<string, string>(Object.entries(REASON_TEXTS)).get(code) ?? code;
}

function presentTexts(text: string | null | undefined): readonly string[] {
  return text == null ? [] : [text];
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

function isSame(one: readonly string[], other: readonly string[]): boolean {
  const [first, second] = [new Set(one), new Set(other)];
  return first.size === second.size && [...first].every((text) => second.has(text));
}

function textOf(texts: readonly string[]): string {
  return texts.length === 0 ? 'none' : [...new Set(texts)].join(', ');
}
