import * as v from 'valibot';
import { AUTHENTICATION_MODES, clusterNameProblem, ENTRY_TYPES } from '../access-entry.ts';
import { isAccountId } from '../arn.ts';
import { nearNames, quoted } from '../text.ts';
import { isUnitId } from './scope/account-selector.ts';

// What each field of a snapshot may hold: the limits and patterns of the APIs that the values come from. People pass snapshots on and edit
// them, and what stands in them ends in ConfigMaps, scripts and templates. `snapshot-rules.ts` has what fields say of each other.

/** The version that this program writes and reads. */
export const VERSION = 1;

const string = v.string('must be a string');
const boolean = v.boolean('must be true or false');
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullish(schema, null);
const like = (pattern: RegExp, problem: string) => v.pipe(string, v.regex(pattern, problem));
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  v.picklist(names, `must be one of ${names.join(', ')}`);

const accountId = v.pipe(string, v.check(isAccountId, 'must be a 12-digit account id'));
/** Names are free text, and the longest are those of groups: every output makes them harmless. */
const name = v.pipe(string, v.maxLength(1024, 'must have 1024 characters at most'));
/** IAM's limit is 2048. */
const arn = v.pipe(string, v.maxLength(2048, 'must have 2048 characters at most'));
const permissionSetName = like(/^[\w+=,.@-]{1,32}$/, 'must be the name of a permission set');
const permissionSetArn = like(
  /^arn:aws[a-z-]*:sso:::permissionSet\/(?:sso)?ins-[0-9A-Za-z.-]{1,16}\/ps-[0-9A-Za-z./-]{1,16}$/,
  'must be the ARN of a permission set',
);
const principalType = oneOf(['GROUP', 'USER']);
const principalId = like(/^[0-9A-Za-z-]{1,47}$/, 'must be the ID of a user or group');

/** In UTC, as times from AWS are, whatever offset is written. */
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

/** Undefined for a time that no calendar or clock has, such as February 30, which `Date` takes for March 2. */
function utcOf(written: string): string | undefined {
  const [, day] = ISO_TIME.exec(written) ?? [];
  const time = new Date(written);
  if (day === undefined || Number.isNaN(time.getTime())) return undefined;
  const utc = time.toISOString();
  const isOnCalendar = utc.startsWith(day) || new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (!isOnCalendar) return undefined;
  return written.endsWith('Z') ? written : utc;
}

/**
 * An object whose unknown fields are kept, since a version may add some. One that is like a known field that is missing is that field
 * misspelled, and its value would be lost.
 */
function object<const Fields extends v.ObjectEntries>(fields: Fields) {
  const meantBy = (field: string, value: object) => {
    const has = new Map(Object.entries(value));
    const [meant] = nearNames(
      field,
      Object.keys(fields).filter((known) => (has.get(known) ?? null) === null),
    );
    return meant;
  };
  const misspelled = (value: object) =>
    Object.keys(value).find((field) => !(field in fields) && meantBy(field, value) !== undefined);
  return v.pipe(
    v.looseObject(fields),
    v.check(
      (value) => misspelled(value) === undefined,
      ({ input }) => {
        const field = misspelled(input) ?? '';
        return `unknown field ${quoted(field)}. Did you mean ${quoted(meantBy(field, input) ?? '')}?`;
      },
    ),
  );
}

const instance = object({
  arn: like(
    /^arn:aws[a-z-]*:sso:::instance\/(?:sso)?ins-[0-9A-Za-z.-]{1,16}$/,
    'must be the ARN of an instance of Identity Center',
  ),
  identityStoreId: like(
    /^(?:d-[0-9a-z]{1,10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    'must be the ID of an identity store',
  ),
  region: like(/^[a-z]{2,4}(?:-[a-z]+)+-\d+$/, 'must be an AWS region, such as eu-west-1'),
});

/** API reference of Organizations, Account. */
const STATES = ['PENDING_ACTIVATION', 'ACTIVE', 'SUSPENDED', 'PENDING_CLOSURE', 'CLOSED'] as const;

const account = object({
  id: accountId,
  name: orNull(name),
  state: orNull(oneOf(STATES)),
  ou: orNull(v.pipe(string, v.maxLength(1024, 'must have 1024 characters at most'))),
  ouIds: orNull(
    v.array(v.pipe(string, v.check(isUnitId, 'must be the ID of an organizational unit or root'))),
  ),
  rolesRead: boolean,
  unreadable: orNull(v.pipe(string, v.minLength(1, 'must not be empty'))),
  isManagement: v.exactOptional(boolean),
  assignmentsRead: v.optional(boolean),
  leftoverSets: v.exactOptional(v.array(permissionSetName)),
});

const role = object({
  accountId,
  permissionSet: permissionSetName,
  roleArn: arn,
  pathArn: arn,
  createdAt: time,
});

const assignment = object({ accountId, permissionSetArn, principalType, principalId });

const principal = object({
  type: principalType,
  id: principalId,
  name: orNull(name),
  members: orNull(v.array(principalId)),
  groups: v.exactOptional(v.nullable(v.array(principalId))),
});

/** A wildcard may stand for a part of a name, as in `dev-*`. */
const namespace = like(
  /^(?=.{1,63}$)[0-9a-z*](?:[0-9a-z*-]*[0-9a-z*])?$/,
  'must be the name of a namespace, such as dev or dev-*',
);

const policy = object({
  policyArn: arn,
  scope: v.union(
    [
      v.literal('cluster'),
      object({ namespaces: v.pipe(v.array(namespace), v.minLength(1, 'must not be empty')) }),
    ],
    'must be "cluster" or an object with namespaces',
  ),
});

/** Kubernetes takes any, EKS none with control characters. */
const subject = v.pipe(
  name,
  v.minLength(1, 'must not be empty'),
  v.regex(/^\P{Cc}*$/u, 'must not contain control characters'),
);

const accessEntry = object({
  principalArn: arn,
  type: oneOf(ENTRY_TYPES),
  username: orNull(subject),
  kubernetesGroups: v.array(subject),
  policies: v.array(policy),
  createdAt: time,
});

const cluster = object({
  name: v.pipe(
    string,
    v.check((text) => clusterNameProblem(text) === undefined, 'must be the name of an EKS cluster'),
  ),
  arn,
  authenticationMode: oneOf(AUTHENTICATION_MODES),
  accessEntries: v.array(accessEntry),
});

/** Null, a role that does not exist, has to be said: nobody gets in by one. */
const otherRole = object({
  arn,
  role: v.nullable(object({ pathArn: arn, createdAt: time })),
});

/** The file format; fields may be added within a version, and those that this program does not know are kept. */
export const snapshotSchema = object({
  version: v.literal(VERSION),
  capturedAt: time,
  partition: like(/^aws(?:-[a-z]+)*$/, 'must be a partition, such as aws'),
  callerAccountId: orNull(accountId),
  instance: orNull(instance),
  accounts: v.array(account),
  permissionSets: orNull(v.array(object({ arn: permissionSetArn, name: permissionSetName }))),
  roles: v.array(role),
  assignments: orNull(v.array(assignment)),
  principals: orNull(v.array(principal)),
  clusters: v.exactOptional(v.array(cluster)),
  otherRoles: v.exactOptional(v.array(otherRole)),
});
