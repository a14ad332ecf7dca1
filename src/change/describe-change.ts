import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import type { EntryChange } from '../aws-auth/edit-entry.ts';
import type { RoleFacts } from '../directory/role-facts.ts';
import type { MapKey } from '../map-entry.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { decided, type MapChange, type UndecidedReason } from './change.ts';

/** The number of entries of each kind. */
export interface MergeCounts {
  /** Excludes entries that override an entry of mapUsers, which count as updates. */
  readonly added: number;
  readonly rotated: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Unwanted but kept, with the reasons `gone`, `unmapped` and `superseded`. */
  readonly unmapped: number;
  /** Unwanted but kept, with the reason `shadowed`. */
  readonly shadowed: number;
}

/**
 * The count that a change adds to; an addition that overrides an entry of mapUsers is an update, since its ARN
 * already has access.
 */
export function countOf(change: MapChange): keyof MergeCounts {
  switch (change.outcome) {
    case 'added':
      return change.overrides ? 'updated' : 'added';
    case 'unmapped':
      return change.reason === 'shadowed' ? 'shadowed' : 'unmapped';
    case 'kept':
    case 'left-alone':
      return 'unchanged';
    default:
      return change.outcome;
  }
}

/**
 * `2 added, 1 rotated, 14 unchanged, 1 unmapped`: zero counts are omitted, except `unchanged`.
 * @param counts numbers by name, in their order
 */
export function joinCounts<Counts extends { readonly unchanged: number }>(counts: Counts): string {
  return Object.entries<number>({ ...counts })
    .filter(([name, count]) => count > 0 || name === 'unchanged')
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/**
 * `2 added, 3 rotated (1 also updated), 14 unchanged; mapUsers: 1 unchanged`: what becomes of each entry of mapRoles, and
 * how many entries of the other keys stay.
 * @param reported the entries and accounts that `--strict` reports
 */
export function mergeText(
  { added, rotated, ...others }: MergeCounts,
  changes: readonly MapChange[],
  { mapUsers, mapAccounts }: Pick<AwsAuth, 'mapUsers' | 'mapAccounts'>,
  reported: readonly { readonly map: MapKey; readonly isLoaded: boolean }[] = [],
): string {
  const both = decided(changes, 'rotated').filter(
    (one) => differences({ ...one, arn: null }).length > 0,
  ).length;
  const also = both === 0 ? '' : both === rotated ? ' and updated' : ` (${both} also updated)`;
  // Counted as updates.
  const overridden = decided(changes, 'added').filter(({ overrides }) => overrides).length;
  const staying = { mapUsers: mapUsers.entries.length - overridden, mapAccounts: mapAccounts.entries.length };
  return [
    joinCounts({ added, [`rotated${also}`]: rotated, ...others }),
    ...(['mapUsers', 'mapAccounts'] as const).flatMap((key) => {
      const different = reported.filter(({ map, isLoaded }) => map === key && isLoaded).length;
      const unchanged = staying[key] - different;
      return unchanged === 0 ? [] : `${key}: ${joinCounts({ unchanged })}`;
    }),
  ].join('; ');
}

/** `line 5, ARN: updated; groups differ` */
export function describeChange(change: MapChange, awsAuth: AwsAuth, roles: RoleFacts): string {
  const why = ruleOf(change, roles);
  if (change.outcome === 'added') return `${change.wanted.rolearn}: added; ${why}`;
  const { arn, sso } = change.entry;
  const outcome = change.outcome === 'unmapped' ? 'unmapped, not removed' : change.outcome;
  const subject = arn || `sso: ${sso?.permissionSetName}`;
  return `line ${awsAuth.locationOf(change.entry).line}, ${subject}: ${outcome.replace('-', ' ')}; ${why}`;
}

/** The rule behind a change. */
export function ruleOf(change: MapChange, roles: RoleFacts): string {
  const dated = (reason: keyof typeof UNWANTED, arn: string) =>
    UNWANTED[reason].isOfRole
      ? roles.about(arn).readTime.dated(UNWANTED[reason].rule)
      : UNWANTED[reason].rule;
  switch (change.outcome) {
    case 'added': {
      const reason = change.predecessor
        ? `a mapping wants it, and ${roles.readTimeIn().source} is too old to tell whether its predecessor is gone`
        : 'a mapping wants it, and it has no entry';
      return change.overrides ? `${reason}; overrides mapUsers` : reason;
    }
    case 'updated':
      return differences(change).join(', ');
    case 'rotated':
      return [
        roles.about(change.entry.arn).readTime.dated('the role was re-created'),
        ...differences({ ...change, arn: null }),
      ].join(', ');
    case 'kept':
      return change.reason === 'as-mapped' ? 'matches its mapping' : 'node entries are never edited';
    case 'removed':
      return dated(change.reason, change.entry.arn);
    case 'unmapped': {
      const { reason, undecided, entry } = change;
      const rule = dated(reason, entry.arn);
      if (reason === 'superseded') return rule;
      return `${rule}; ${undecided ? undecidedText(undecided, entry.arn, roles) : 'no --prune'}`;
    }
    case 'left-alone':
      if (change.reason === 'listed') return 'listed under otherEntries';
      if (change.reason === 'lookalike') return roles.about(change.entry.arn).readTime.dated(LOOKALIKE.rule);
      return change.reason === 'not-provisioned'
        ? 'not a provisioned role'
        : undecidedText(change.reason, change.entry.arn, roles);
  }
}

const PRUNE = '--prune removes such entries.';

/** Texts for an entry that no mapping wants: the rule, and the warning if it stays. */
export const UNWANTED: Readonly<
  Record<
    Extract<MapChange, { readonly outcome: 'unmapped' }>['reason'],
    Readonly<Record<'rule' | 'code' | 'message' | 'help', string>> & {
      /** True if AWS says so, at some time. */
      readonly isOfRole: boolean;
    }
  >
> = {
  gone: {
    rule: "the role doesn't exist",
    code: 'role-gone',
    message: "the role doesn't exist, and no mapping names it",
    help: PRUNE,
    isOfRole: true,
  },
  unmapped: {
    rule: 'no mapping names the role',
    code: 'unmapped-entry',
    message: 'no mapping names the role',
    help: `Everyone assigned to it has access. ${PRUNE}`,
    isOfRole: true,
  },
  superseded: {
    rule: 'a newer role of its permission set is mapped',
    code: 'unmapped-entry',
    message: 'a newer role of the permission set is mapped instead, though the old one still exists',
    help: 'Even --prune keeps such entries.',
    isOfRole: true,
  },
  shadowed: {
    rule: 'a later entry for the same role overrides it',
    code: 'shadowed-entry',
    message: 'overridden by a later entry for the same role',
    help: PRUNE,
    isOfRole: false,
  },
};

/** Texts for an entry whose role Identity Center didn't create, despite its name. */
export const LOOKALIKE = {
  rule: "Identity Center didn't create the role",
  code: 'lookalike-role',
  message: "Identity Center didn't create these roles, despite their names, so their entries stay",
  help: 'Anyone who can assume such a role has access. Ask who created it, and remove the entry unless intentional.',
};

function undecidedText(reason: UndecidedReason, arn: string, roles: RoleFacts): string {
  return reason === 'old-inventory'
    ? `${roles.readTimeIn().source} is too old (--max-age)`
    : UNDECIDED[reason](arn);
}

/** Why nothing can be concluded about a role, as a clause. */
export const UNDECIDED: Readonly<Record<Exclude<UndecidedReason, 'old-inventory'>, (arn: string) => string>> =
  {
    'other-partition': () => 'it is in another partition than the accounts',
    'out-of-scope': (arn) => `account ${parseProvisionedRoleArn(arn)?.accountId} isn't in scope`,
    'account-unread': (arn) => `account ${parseProvisionedRoleArn(arn)?.accountId} wasn't read`,
    unresolved: () => "a mapping that may name it wasn't resolved",
    newer: () => 'it was created after the roles were read',
  };

/** Why nothing can be concluded from an old inventory. */
export function oldInventoryText(roles: RoleFacts): string {
  return `${roles.readTimeIn().source} is too old to tell whether a role still exists`;
}

export const HOW_TO_RENEW = 'Take a new snapshot, or raise --max-age.';

function differences({ arn, username, groups }: EntryChange): string[] {
  return [
    ...(arn === null ? [] : ['the ARN has a path']),
    ...(username === null ? [] : ['username differs']),
    ...(groups === null ? [] : ['groups differ']),
  ];
}
