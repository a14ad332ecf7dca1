import * as v from 'valibot';
import { isAccountId } from '../../arn.ts';
import { Failure, refusal } from '../../errors.ts';
import type { Account, Inventory } from '../model.ts';

const VERSION = 1;

const text = v.string('must be text');
const textOrNull = v.nullable(text);
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);
const accountId = v.pipe(text, v.check(isAccountId, 'must be a 12-digit account id'));
const principalType = v.picklist(['GROUP', 'USER'], 'must be GROUP or USER');

const instance = v.object({ arn: text, identityStoreId: text, region: text });

const account = v.object({
  id: accountId,
  name: orNull(textOrNull),
  state: orNull(textOrNull),
  ou: orNull(textOrNull),
  ouIds: orNull(v.array(text)),
  rolesRead: v.boolean('must be true or false'),
  unreadable: orNull(textOrNull),
  assignmentsRead: v.optional(v.boolean('must be true or false')),
});

const role = v.object({ accountId, permissionSet: text, roleArn: text, pathArn: text, createdAt: text });
const assignment = v.object({ accountId, permissionSetArn: text, principalType, principalId: text });
const principal = v.object({
  type: principalType,
  id: text,
  name: orNull(text),
  members: orNull(v.array(text)),
});

/** The file format; fields may be added within a version. */
const snapshotSchema = v.object({
  version: v.literal(VERSION),
  capturedAt: v.pipe(text, v.isoTimestamp('must be an ISO 8601 time')),
  partition: text,
  callerAccountId: orNull(accountId),
  instance: orNull(instance),
  accounts: v.array(account),
  permissionSets: orNull(v.array(v.object({ arn: text, name: text }))),
  roles: v.array(role),
  assignments: orNull(v.array(assignment)),
  principals: orNull(v.array(principal)),
});

/** The inventory as the value of a snapshot file. */
export function toSnapshot(inventory: Inventory): v.InferInput<typeof snapshotSchema> {
  return v.parse(snapshotSchema, { version: VERSION, ...inventory });
}

/**
 * Reads the text of a snapshot file.
 * @throws Failure (exit 2) where it is broken or of a version that this program does not know
 */
export function parseSnapshot(source: string, file: string): Inventory {
  const value = jsonOf(source, file);
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (version !== VERSION) throw unknownVersion(version, file);
  const result = v.safeParse(snapshotSchema, value);
  if (!result.success) {
    const problems = result.issues.map((issue) => ({
      message: `broken snapshot: ${v.getDotPath(issue) ?? 'top level'} ${issue.message}`,
      place: { file },
    }));
    throw new Failure(2, problems);
  }
  const { version: _, accounts, ...inventory } = result.output;
  return { ...inventory, accounts: accounts.map((one) => withAssignmentsRead(one, inventory.assignments)) };
}

/** A snapshot that somebody wrote by hand may leave it out. */
function withAssignmentsRead(
  { assignmentsRead, ...account }: v.InferOutput<typeof snapshotSchema>['accounts'][number],
  assignments: readonly unknown[] | null,
): Account {
  return assignments === null
    ? account
    : { ...account, assignmentsRead: assignmentsRead ?? account.rolesRead };
}

function jsonOf(source: string, file: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw refusal(
      {
        message: 'broken snapshot: no valid JSON',
        place: { file },
        next: 'Take it again with aws-auth-sso snapshot.',
      },
      error,
    );
  }
}

function unknownVersion(version: unknown, file: string): Failure {
  const isNewer = typeof version === 'number' && version > VERSION;
  return refusal({
    message:
      version === undefined
        ? 'no snapshot: it has no version'
        : `snapshot of version ${JSON.stringify(version)}; this program reads version ${VERSION}`,
    place: { file },
    next: isNewer
      ? 'Update aws-auth-sso, or take the snapshot again with this version.'
      : 'Take it with aws-auth-sso snapshot.',
  });
}
