import * as v from 'valibot';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readListOrDocument } from '../../src/aws-auth/document.ts';
import type { PlanContext } from '../../src/change/change.ts';
import { type MergeOptions, type MergeResult, mergeAwsAuth } from '../../src/change/merge.ts';
import { DEFAULT_USERNAME, type DesiredEntry } from '../../src/map-entry.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { type GoldenCase, inputFileOf } from '../golden-case.ts';
import { roleFactsOf } from './role-facts-of.ts';

const entrySchema = v.strictObject({
  rolearn: v.string(),
  /** Omitted: the mapping sets none. */
  username: v.optional(v.string()),
  groups: v.array(v.string()),
  accountName: v.optional(v.string()),
});
type CaseEntry = v.InferOutput<typeof entrySchema>;

const ROLE = 'arn:aws:iam::111122223333:role/AWSReservedSSO_';

/** Entries that a case names instead of writing them out. */
const USUAL = {
  ClusterAdmin: {
    rolearn: `${ROLE}ClusterAdmin_aaaaaaaaaaaaaaaa`,
    username: 'admin:{{SessionName}}',
    groups: ['system:masters'],
  },
  Viewer: { rolearn: `${ROLE}Viewer_bbbbbbbbbbbbbbbb`, groups: ['viewers'] },
  Dev: { rolearn: `${ROLE}Dev_0123456789abcdef`, groups: ['g'] },
} satisfies Record<string, CaseEntry>;

const usualSchema = v.pipe(
  v.picklist(['ClusterAdmin', 'Viewer', 'Dev']),
  v.transform((name): CaseEntry => USUAL[name]),
);

/**
 * `merge.json` of a golden case: the desired entries and the known state of AWS. Omitted parts follow from the
 * entries.
 */
const caseSchema = v.strictObject({
  desired: v.optional(v.array(v.union([usualSchema, entrySchema])), ['ClusterAdmin']),
  /** Other provisioned roles that exist. */
  otherRoles: v.optional(v.array(v.string()), []),
  /** Roles that Identity Center did not create and that IAM does not have: ARNs in lower case. */
  gone: v.optional(v.array(v.string()), []),
  /** ARNs of roles with Identity Center names that it did not create. */
  lookalikes: v.optional(v.array(v.string()), []),
  partition: v.optional(v.string(), 'aws'),
  /** Other accounts that the mappings cover, in addition to those of the desired entries. */
  otherAccounts: v.optional(v.array(v.string()), []),
  unread: v.optional(v.array(v.string()), []),
  unresolved: v.optional(
    v.array(v.strictObject({ accountId: v.nullable(v.string()), permissionSet: v.nullable(v.string()) })),
    [],
  ),
  prune: v.optional(v.nullable(v.picklist(['safely', 'allow-lockout'])), null),
  oldSnapshot: v.optional(v.boolean(), false),
  for: v.optional(v.nullable(v.picklist(['apply', 'replace', 'server-side-apply'])), null),
  comments: v.optional(v.boolean(), false),
});
type CaseInput = v.InferOutput<typeof caseSchema>;

/** The merge input of a golden case: the file and `merge.json`. */
export interface MergeCase {
  readonly file: string;
  readonly before: string;
  readonly input: CaseInput;
}

export function readMergeCase({ sections }: GoldenCase): MergeCase {
  const file = inputFileOf(sections);
  const input = JSON.parse(sections.get('merge.json') ?? '{}');
  return { file, before: sections.get(file) ?? '', input: v.parse(caseSchema, input) };
}

/** @throws Failure as the merge does */
export function runMergeCase({ file, input }: MergeCase, text: string): MergeResult {
  const options: MergeOptions = { for: input.for, comments: input.comments };
  return mergeAwsAuth(
    new AwsAuth(readListOrDocument(text, file)),
    input.desired.map(desiredEntry),
    contextOf(input),
    options,
  );
}

function desiredEntry({ rolearn, username, groups, accountName }: CaseEntry): DesiredEntry {
  const role = parseProvisionedRoleArn(rolearn);
  return {
    rolearn,
    username: username ?? DEFAULT_USERNAME,
    usernameStated: username !== undefined,
    groups,
    role: role
      ? {
          accountId: role.accountId,
          accountName: accountName ?? null,
          permissionSet: role.permissionSet,
          pathArn: rolearn,
        }
      : null,
  };
}

function contextOf(input: CaseInput): PlanContext {
  const arns = [...input.desired.map(({ rolearn }) => rolearn), ...input.otherRoles];
  const accounts = input.desired.flatMap(({ rolearn }) => parseProvisionedRoleArn(rolearn)?.accountId ?? []);
  const scope = new Set([...accounts, ...input.otherAccounts]);
  const isFresh = (accountId: string) => !input.oldSnapshot && !input.unread.includes(accountId);
  return {
    scope,
    roles: roleFactsOf({
      accountsRead: [...scope].filter(isFresh),
      roleArns: arns,
      gone: input.gone,
      others: input.lookalikes,
      partition: input.partition,
      isOld: input.oldSnapshot,
    }),
    unresolved: input.unresolved,
    prune: input.prune && { allowLockout: input.prune === 'allow-lockout' },
    isFresh: !input.oldSnapshot,
  };
}
