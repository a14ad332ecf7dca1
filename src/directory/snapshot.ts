import * as v from 'valibot';
import { POLICY_ARN } from '../access-policy.ts';
import { isAccountId } from '../arn.ts';
import { AUTHENTICATION_MODES, clusterNameProblem, ENTRY_TYPE, POLICY_SCOPE_NAMESPACE } from '../eks.ts';
import { Failure, type Location, type Problem, refusal } from '../errors.ts';
import { otherKind } from '../input-kind.ts';
import { isUnitId } from './account-selector.ts';
import { instanceIdOf } from './instances.ts';
import type { Account, Inventory } from './model.ts';
import { type SnapshotProblem, snapshotProblems } from './snapshot-rules.ts';

// The values that each field of a snapshot may have, with the limits and patterns of the source APIs. People share and
// edit snapshots, and their contents end up in ConfigMaps, scripts and templates. For rules across fields, see
// `snapshot-rules.ts`.

/** The format version that this program writes and reads. */
const VERSION = 1;

const string = v.string('must be a string');
const boolean = v.boolean('must be true or false');
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);
const like = (pattern: RegExp, problem: string) => v.pipe(string, v.regex(pattern, problem));
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  v.picklist(names, `must be one of ${names.join(', ')}`);

const accountId = v.pipe(string, v.check(isAccountId, 'must be a 12-digit account ID'));
/** Names are free text, and group names are the longest; every output escapes them. */
const name = v.pipe(string, v.maxLength(1024, 'must have at most 1024 characters'));
/** IAM's limit is 2048. */
const arn = v.pipe(string, v.maxLength(2048, 'must have at most 2048 characters'));
const permissionSetName = like(/^[\w+=,.@-]{1,32}$/, 'must be a permission set name');
const permissionSetArn = like(
  /^arn:aws[a-z-]*:sso:::permissionSet\/(?:sso)?ins-[0-9A-Za-z.-]{1,16}\/ps-[0-9A-Za-z./-]{1,16}$/,
  'must be a permission set ARN',
);
const principalType = oneOf(['GROUP', 'USER']);
const principalId = like(/^[0-9A-Za-z-]{1,47}$/, 'must be a user or group ID');

/** A time, converted to UTC like times from AWS. */
const time = v.pipe(
  string,
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }) => {
    const read = utcOf(value);
    if (read !== undefined) return read;
    addIssue({ message: 'must be an ISO 8601 time' });
    return NEVER;
  }),
);

const ISO_TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$/;

/** The time in UTC; undefined for an impossible time such as February 30, which `Date` reads as March 2. */
function utcOf(written: string): string | undefined {
  const [, day] = ISO_TIME.exec(written) ?? [];
  const time = new Date(written);
  if (day === undefined || Number.isNaN(time.getTime())) return undefined;
  const utc = time.toISOString();
  const isOnCalendar = utc.startsWith(day) || new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (!isOnCalendar) return undefined;
  return written.endsWith('Z') ? written : utc;
}

const region = like(/^[a-z]{2,4}(?:-[a-z]+)+-\d+$/, 'must be an AWS region, such as eu-west-1');

const instance = v.looseObject({
  arn: like(
    /^arn:aws[a-z-]*:sso:::instance\/(?:sso)?ins-[0-9A-Za-z.-]{1,16}$/,
    'must be an Identity Center instance ARN',
  ),
  identityStoreId: like(
    /^(?:d-[0-9a-z]{1,10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    'must be an identity store ID',
  ),
  region,
});

/** Source: Organizations API reference, Account. */
const STATES = ['PENDING_ACTIVATION', 'ACTIVE', 'SUSPENDED', 'PENDING_CLOSURE', 'CLOSED'] as const;

const unitPath = v.pipe(string, v.maxLength(1024, 'must have at most 1024 characters'));

const account = v.looseObject({
  id: accountId,
  name: orNull(name),
  state: orNull(oneOf(STATES)),
  ou: orNull(unitPath),
  ouIds: orNull(v.array(v.pipe(string, v.check(isUnitId, 'must be an organizational unit or root ID')))),
  rolesRead: boolean,
  unreadable: orNull(v.pipe(string, v.minLength(1, 'must not be empty'))),
  isManagement: v.exactOptional(boolean),
  assignmentsRead: v.optional(boolean),
  leftoverSets: v.exactOptional(v.array(permissionSetName)),
  instance: v.exactOptional(orNull(instance.entries.arn)),
});

const emptyUnit = v.looseObject({
  id: v.pipe(string, v.check(isUnitId, 'must be an organizational unit ID')),
  path: orNull(unitPath),
});

const role = v.looseObject({
  accountId,
  permissionSet: permissionSetName,
  roleArn: arn,
  pathArn: arn,
  createdAt: time,
});

const assignment = v.looseObject({ accountId, permissionSetArn, principalType, principalId });

const principal = v.looseObject({
  type: principalType,
  id: principalId,
  name: orNull(name),
  members: orNull(v.array(principalId)),
  groups: v.exactOptional(v.nullable(v.array(principalId))),
});

const policy = v.looseObject({
  policyArn: like(POLICY_ARN, 'must be the ARN of an access policy'),
  scope: v.union(
    [
      v.literal('cluster'),
      v.looseObject({
        namespaces: v.pipe(
          v.array(like(POLICY_SCOPE_NAMESPACE, 'must be a namespace, such as dev or dev-*')),
          v.minLength(1, 'must not be empty'),
        ),
      }),
    ],
    'must be "cluster" or an object with namespaces',
  ),
});

/** Accepts what a live run accepts (`src/aws/answers.ts`). */
const accessEntry = v.looseObject({
  principalArn: arn,
  type: like(ENTRY_TYPE, 'must be a type of access entries, such as STANDARD'),
  username: orNull(v.pipe(string, v.minLength(1, 'must not be empty'))),
  kubernetesGroups: v.array(string),
  policies: v.array(policy),
  createdAt: time,
});

const clusterName = v.pipe(
  string,
  v.check((text) => clusterNameProblem(text) === undefined, 'must be an EKS cluster name'),
);

const nonEmpty = v.pipe(string, v.minLength(1, 'must not be empty'));

const cluster = v.looseObject({
  name: clusterName,
  arn,
  version: v.exactOptional(string),
  authenticationMode: oneOf(AUTHENTICATION_MODES),
  accessEntries: v.array(accessEntry),
  signIns: v.exactOptional(
    v.looseObject({
      oidcProviders: v.array(
        v.looseObject({
          name: nonEmpty,
          issuerUrl: nonEmpty,
          clientId: nonEmpty,
          usernameClaim: orNull(string),
          usernamePrefix: orNull(string),
          groupsClaim: orNull(string),
          groupsPrefix: orNull(string),
        }),
      ),
      capabilities: v.array(
        v.looseObject({
          name: nonEmpty,
          type: nonEmpty,
          roleArn: nonEmpty,
          instanceArn: orNull(nonEmpty),
          roleMappings: v.array(
            v.looseObject({
              role: nonEmpty,
              identities: v.array(v.looseObject({ type: principalType, id: nonEmpty })),
            }),
          ),
        }),
      ),
      unread: v.array(nonEmpty),
    }),
  ),
});

const unreadCluster = v.looseObject({
  accountId,
  accountName: orNull(name),
  region,
  name: orNull(clusterName),
  cause: v.pipe(string, v.minLength(1, 'must not be empty')),
  detail: string,
});

/** Null must be explicit: it means that the role doesn't exist, so its entries grant no access. */
const otherRole = v.looseObject({
  arn,
  role: v.nullable(
    v.looseObject({ pathArn: arn, createdAt: time, accountAccess: v.exactOptional(v.boolean()) }),
  ),
});

/** The file format. A version may gain fields; unknown fields are kept. */
const snapshotSchema = v.looseObject({
  version: v.literal(VERSION),
  capturedAt: time,
  example: v.exactOptional(v.boolean()),
  partition: like(/^aws(?:-[a-z]+)*$/, 'must be a partition, such as aws'),
  callerAccountId: orNull(accountId),
  instance: orNull(instance),
  accounts: v.array(account),
  emptyUnits: v.exactOptional(v.array(emptyUnit)),
  permissionSets: orNull(v.array(v.looseObject({ arn: permissionSetArn, name: permissionSetName }))),
  roles: v.array(role),
  assignments: orNull(v.array(assignment)),
  principals: orNull(v.array(principal)),
  clusters: v.exactOptional(v.array(cluster)),
  unreadClusters: v.exactOptional(v.array(unreadCluster)),
  otherRoles: v.exactOptional(v.array(otherRole)),
});

const TAKE_AGAIN = 'Take a new snapshot with `aws-auth-sso snapshot`.';
const UPDATE = 'Update aws-auth-sso if the value is new, or exclude its account or cluster.';

/**
 * Converts an inventory to the contents of a snapshot file.
 * @throws Failure (exit 3) if AWS returned a value that no snapshot can contain: nobody could read the file
 */
export function toSnapshot(inventory: Inventory): { readonly version: typeof VERSION } & Inventory {
  // A slow clock on this machine doesn't matter to readers elsewhere.
  // Only accounts of another instance, or an unknown one, say so.
  const usual = usualInstance(inventory);
  const accounts = inventory.accounts.map(({ instance = null, ...account }) =>
    instance === usual(account) ? account : { ...account, instance },
  );
  const checked = validated({ version: VERSION, ...inventory, accounts }, Number.POSITIVE_INFINITY);
  if ('inventory' in checked) return { version: VERSION, ...checked.inventory };
  throw new Failure(
    3,
    limitedProblems("AWS returned a value that a snapshot can't contain", checked.problems, UPDATE),
  );
}

/**
 * Reads a snapshot file.
 * @param now milliseconds since 1970
 * @throws Failure (exit 2) if the file is broken, contradicts itself, or has an unknown version
 */
export function parseSnapshot(source: string, file: string, now: number = Date.now()): Inventory {
  const value = parseJson(source, file);
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (version !== VERSION) throw unknownVersion(version, source, file);
  const checked = validated(value, now);
  if ('inventory' in checked) return { ...checked.inventory, accounts: withUsualInstance(checked.inventory) };
  throw new Failure(2, limitedProblems('invalid snapshot', checked.problems, TAKE_AGAIN, { file }));
}

/** The inventory, or all problems; contradictions are only checked once every field is valid. */
function validated(
  value: unknown,
  now: number,
): { readonly inventory: Inventory } | { readonly problems: readonly SnapshotProblem[] } {
  const result = v.safeParse(snapshotSchema, value);
  if (!result.success)
    return {
      problems: result.issues.map((issue: v.BaseIssue<unknown>) => ({
        path: v.getDotPath(issue) ?? 'top level',
        message:
          issue.received === 'undefined'
            ? 'is missing'
            : ({ array: 'must be a list', loose_object: 'must be an object' }[issue.type] ?? issue.message),
      })),
    };
  const { version: _, ...read } = result.output;
  const { accounts, assignments } = read;
  const inventory = {
    ...read,
    accounts: accounts.map((account) => withAssignmentsRead(account, assignments)),
  };
  const problems = [...snapshotProblems(inventory, now)];
  return problems.length > 0 ? { problems } : { inventory };
}

const MAX_PROBLEMS = 10;

/** The first problems; the help appears once, after the last of consecutive problems that share it. */
function limitedProblems(
  what: string,
  problems: readonly SnapshotProblem[],
  usual: string,
  location?: Location,
): Problem[] {
  const where = location && { location };
  const shown = problems.slice(0, MAX_PROBLEMS);
  const all = shown.map(({ path, message, help = usual }, index) => {
    const next = shown[index + 1];
    const isLast = !next || (next.help ?? usual) !== help;
    return { message: `${what}: ${path}: ${message}`, ...where, ...(isLast && { help }) };
  });
  const rest = problems.length - shown.length;
  const more = { message: `${what}: ${rest} more problem${rest === 1 ? '' : 's'}`, ...where };
  return rest > 0 ? [...all, more] : all;
}

/** Hand-written snapshots may omit `assignmentsRead`. */
function withAssignmentsRead(
  { assignmentsRead, ...account }: v.InferOutput<typeof snapshotSchema>['accounts'][number],
  assignments: readonly unknown[] | null,
): Account {
  return assignments === null
    ? account
    : { ...account, assignmentsRead: assignmentsRead ?? account.rolesRead };
}

function parseJson(source: string, file: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw refusal(
      {
        message: `invalid snapshot: ${source.trim() === '' ? 'the file is empty' : 'not valid JSON'}`,
        help: TAKE_AGAIN,
        ...otherKind(source, 'snapshot'),
        location: { file },
      },
      error,
    );
  }
}

function unknownVersion(version: unknown, source: string, file: string): Failure {
  const isNewer = typeof version === 'number' && version > VERSION;
  return refusal({
    message:
      version === undefined
        ? 'not a snapshot: no version'
        : `unsupported snapshot version ${JSON.stringify(version)}; this program reads version ${VERSION}`,
    help: isNewer ? 'Update aws-auth-sso, or take a new snapshot with this version.' : TAKE_AGAIN,
    ...(version === undefined && otherKind(source, 'snapshot')),
    location: { file },
  });
}

/**
 * Returns the instance that covers an account of a snapshot unless the account says otherwise: the snapshot's, or the
 * one that all of its permission sets belong to. Null if unknown, and for an account that was only mentioned.
 */
function usualInstance({ instance, permissionSets, partition }: Inventory) {
  const [id, ...others] = new Set(permissionSets?.map(({ arn }) => instanceIdOf(arn)));
  const ofSets = id === undefined || others.length > 0 ? null : `arn:${partition}:sso:::instance/${id}`;
  const usual = instance?.arn ?? ofSets;
  return ({ rolesRead, state }: Account) => (rolesRead || state !== null ? usual : null);
}

/** A snapshot's accounts as read: each with its instance. */
function withUsualInstance(inventory: Inventory): Account[] {
  const usual = usualInstance(inventory);
  return inventory.accounts.map((account) => {
    const instance = usual(account);
    return instance === null ? account : { instance, ...account };
  });
}
