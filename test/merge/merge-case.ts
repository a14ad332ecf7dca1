import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { readListOrDocument } from '../../src/configmap/document.ts';
import { DEFAULT_USERNAME, type DesiredEntry } from '../../src/entry.ts';
import { type MergeOptions, type MergeResult, mergeAwsAuth } from '../../src/merge/merge.ts';
import type { MergeFacts } from '../../src/merge/merge-facts.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';

/** `merge.json` of a golden case: the desired entries and what is known of AWS. What is left out follows from the entries. */
const caseSchema = v.strictObject({
  desired: v.array(
    v.strictObject({
      rolearn: v.string(),
      /** Left out: the mapping states none. */
      username: v.optional(v.string()),
      groups: v.array(v.string()),
      accountName: v.optional(v.string()),
    }),
  ),
  /** Provisioned roles that exist besides the desired ones. */
  otherRoles: v.optional(v.array(v.string()), []),
  /** Accounts that the mappings are about besides those of the desired entries. */
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

/** A folder with `before.*`, `merge.json` and what is expected: `after.*` (missing: nothing changes) and `findings.txt`, or `error.txt`. */
export interface MergeCase {
  readonly file: string;
  readonly before: string;
  readonly after: string | null;
  readonly findings: string | null;
  readonly error: string | null;
  readonly input: CaseInput;
}

export function readMergeCase(folder: string): MergeCase {
  const file = readdirSync(folder).find((name) => name.startsWith('before.')) ?? 'before.yaml';
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : null;
  return {
    file,
    before: read(file) ?? '',
    after: read(file.replace('before', 'after')),
    findings: read('findings.txt'),
    error: read('error.txt'),
    input: v.parse(caseSchema, JSON.parse(read('merge.json') ?? '{}')),
  };
}

/** @throws Failure as the merge does */
export function runMergeCase({ file, input }: MergeCase, text: string): MergeResult {
  const options: MergeOptions = { for: input.for, comments: input.comments };
  return mergeAwsAuth(
    readListOrDocument(text, file),
    input.desired.map(desiredEntry),
    factsOf(input),
    options,
  );
}

function desiredEntry({
  rolearn,
  username,
  groups,
  accountName,
}: CaseInput['desired'][number]): DesiredEntry {
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

function factsOf(input: CaseInput): MergeFacts {
  const arns = [...input.desired.map(({ rolearn }) => rolearn), ...input.otherRoles];
  const accounts = input.desired.flatMap(({ rolearn }) => parseProvisionedRoleArn(rolearn)?.accountId ?? []);
  const scope = new Set([...accounts, ...input.otherAccounts]);
  const isFresh = (accountId: string) => !input.oldSnapshot && !input.unread.includes(accountId);
  return {
    scope,
    accountsRead: new Set([...scope].filter(isFresh)),
    roleArns: new Set(arns.map((arn) => arn.toLowerCase())),
    unresolved: input.unresolved,
    prune: input.prune && { allowLockout: input.prune === 'allow-lockout' },
    rotate: !input.oldSnapshot,
  };
}
