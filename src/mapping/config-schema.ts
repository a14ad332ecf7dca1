import * as v from 'valibot';
import { arnKind, isAccountId, parseArn } from '../arn.ts';
import { isNodeGroup, MASTERS, nearSystemGroup, systemNameOf } from '../authenticator/groups.ts';
import { DEFAULT_USERNAME, NODE_VARIABLE, USERNAME_OF_EKS, WRITTEN_VARIABLES } from '../entry.ts';
import { DEFAULT_ROLE, DEFAULT_SESSION_NAME } from '../inventory/role-rules.ts';
import { accountSelectorProblem } from '../inventory/scope/account-selector.ts';
import { PROVISIONED_PATH, parseProvisionedRoleArn } from '../role-name.ts';
import { quoted } from '../text.ts';
import { otherEntries } from './other-entries-schema.ts';
import { field, optional, validString } from './schema-fields.ts';
import { parsePrincipalSelector, permissionSetSelectorProblem } from './selector.ts';

const account = field(
  validString(accountSelectorProblem),
  'A quoted id, an exact name, a glob of names, self (the account of the caller), or ou:ID or ou:PATH for an organizational unit and all units below it.',
  '111122223333',
  'prod-eks',
  'prod-*',
  'ou:Workloads/Prod',
  'self',
);
const accounts = v.array(account, 'must be a list of accounts');

/** An empty list would select nothing, silently: `next` says what leaving it out means. */
const someAccounts = (next: string) =>
  v.pipe(accounts, v.minLength(1, `is empty: name at least one account, or leave it out ${next}`));

const assignedToProblem = (text: string) =>
  parsePrincipalSelector(text) ? undefined : 'must be group:NAME or user:NAME';

const unless = (pattern: RegExp, problem: string) => (text: string) =>
  pattern.test(text) ? undefined : problem;

/** What is wrong with a setting of AWS, in the config or as a flag. */
export const settingProblems = {
  region: unless(/^[a-z]{2,}(-[a-z]+)+-\d+$/, 'is not an AWS region, such as eu-west-1'),
  /** Of a role to assume. */
  roleName: (text: string) =>
    parseArn(text)
      ? 'is an ARN; give the name, or path/name, that is the same in every account'
      : unless(/^([\w+=,.@-]+\/)*[\w+=,.@-]+$/, 'is not a role name')(text),
  externalId: unless(
    /^[\w+=,.@:/-]{2,1224}$/,
    'is not an external id (2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -)',
  ),
  /** Of a session of an assumed role: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
  sessionName: unless(/^[\w+=,.@-]{2,64}$/, 'is not a session name (2 to 64 of A-Z a-z 0-9 _ + = , . @ -)'),
  profile: (text: string) =>
    text.trim() === text && text !== '' ? undefined : 'is not the name of an AWS profile',
};

const group = field(
  validString(groupProblem),
  'A group that a RoleBinding or ClusterRoleBinding gives rights to. Only system:masters needs none: whoever is in it may do anything in the cluster.',
  'viewers',
  'developers',
);

const USERNAME = field(
  validString(usernameProblem),
  `The username in Kubernetes; without one ${DEFAULT_USERNAME}, which is the user name in Identity Center. An existing entry keeps its username unless one is given here. The word ${USERNAME_OF_EKS} leaves it to EKS, which access entries do and aws-auth does not.`,
  DEFAULT_USERNAME,
  'admin:{{SessionName}}',
  USERNAME_OF_EKS,
);

/** One rule; a `--map` flag is checked by it as well. */
export const mappingSchema = v.strictObject(
  {
    permissionSet: field(
      validString(permissionSetSelectorProblem),
      'The permission set: an exact name, a glob, an ARN, or group:DISPLAYNAME or user:USERNAME for what is assigned to them. Everyone who is assigned the permission set gets in.',
      'ReadOnly',
      'Dev*',
      'group:Platform',
      'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-32e4b4859f4238ec',
    ),
    accounts: optional(
      someAccounts('for the default scope'),
      'The accounts of this mapping, in place of the default scope.',
      ['prod-eks'],
      ['ou:Workloads'],
    ),
    assignedTo: optional(
      validString(assignedToProblem),
      'Limits the mapping to accounts in which this group or user is assigned the permission set: group:NAME or user:NAME.',
      'group:Platform',
      'user:erin@example.com',
    ),
    username: v.optional(USERNAME),
    groups: field(
      v.pipe(
        v.array(group, 'must be a list of Kubernetes groups'),
        v.minLength(1, 'is empty: name at least one Kubernetes group'),
      ),
      'The groups in Kubernetes. An existing entry gets exactly these, in this order.',
      ['viewers'],
      ['developers', 'viewers'],
    ),
    optional: optional(
      v.boolean('must be true or false'),
      'Whether the mapping may match no role; otherwise that is an error.',
      true,
    ),
  },
  'must be a mapping with permissionSet and groups',
);

const roleName = field(
  validString(settingProblems.roleName),
  `Its name, or path/name, which is the same in every account; default ${DEFAULT_ROLE}.`,
  'EksAuthReader',
  'teams/platform/EksAuthReader',
);

const roleOptions = {
  externalId: optional(
    validString(settingProblems.externalId),
    'The external id that its trust policy asks for.',
    'example-external-id',
    '9f1b0c52-6a7d',
  ),
  sessionName: optional(
    validString(settingProblems.sessionName),
    `The name of the session, which CloudTrail shows; default ${DEFAULT_SESSION_NAME}.`,
    'aws-auth-nightly',
  ),
};

/** One role for all accounts. */
const oneRole = v.strictObject(
  { name: v.optional(roleName), ...roleOptions },
  'must be a mapping with name, externalId and sessionName, or a list of rules',
);

/** A role for some accounts. */
const roleRule = v.strictObject(
  {
    accounts: optional(
      someAccounts('in the last rule'),
      'The accounts of this rule; the last rule may leave them out, and is for the rest.',
      ['ou:Workloads', 'prod-*'],
    ),
    name: field(
      validString(settingProblems.roleName),
      'The role, by its name or path/name.',
      'AWSControlTowerExecution',
      'EksAuthReader',
    ),
    ...roleOptions,
  },
  'must be a rule with accounts and name',
);

const roleRules = v.pipe(
  v.array(roleRule),
  v.minLength(1, 'is empty: name at least one role'),
  v.rawCheck(({ dataset, addIssue }) => {
    const first = dataset.typed ? dataset.value.findIndex(({ accounts }) => accounts === undefined) : -1;
    if (!dataset.typed || first < 0 || first === dataset.value.length - 1) return;
    const message =
      'is for all accounts, so no rule behind it is ever used: give it `accounts`, or put it last';
    addIssue({
      message,
      path: [
        { type: 'array', origin: 'value', input: dataset.value, key: first, value: dataset.value[first] },
      ],
    });
  }),
);

/** Problems are those of what was meant: of the rules where it is a list, else of the one role. */
const assumeRole: v.UnionSchema<[typeof oneRole, typeof roleRules], undefined> = {
  ...v.union([oneRole, roleRules]),
  '~run': (dataset, config) =>
    Array.isArray(dataset.value) ? roleRules['~run'](dataset, config) : oneRole['~run'](dataset, config),
};

/** The whole file: the source of its checks, of their messages and of its JSON Schema. */
export const configSchema = v.strictObject(
  {
    accounts: optional(
      someAccounts('if every mapping has its own or scope flags are given'),
      'The default scope: accounts that mappings without accounts of their own look at.',
      ['111122223333', 'prod-eks'],
      ['ou:Workloads/Prod'],
    ),
    excludeAccounts: optional(
      accounts,
      'Accounts that are taken out of every scope.',
      ['sandbox-*'],
      ['ou:Suspended'],
    ),
    ssoRegion: optional(
      validString(settingProblems.region),
      "Identity Center's home region; default: as the paths of the provisioned roles say, else the region of the SDK.",
      'eu-west-1',
      'us-east-1',
    ),
    assumeRole: optional(
      assumeRole,
      'The role that is assumed to read accounts other than the own one; or a list of rules, of which the first that names an account counts.',
      { name: 'EksAuthReader', externalId: 'example-external-id' },
      [{ accounts: ['ou:Landing Zone'], name: 'AWSControlTowerExecution' }, { name: DEFAULT_ROLE }],
    ),
    organizationsProfile: optional(
      validString(settingProblems.profile),
      'The AWS profile that AWS Organizations is called with; default: the first --profile.',
      'org-reader',
    ),
    ssoProfile: optional(
      validString(settingProblems.profile),
      'The AWS profile that IAM Identity Center is called with; default: the first --profile.',
      'identity-reader',
    ),
    nodeRoles: optional(
      v.array(
        field(
          validString(nodeRoleProblem),
          'The ARN of a role that nodes have, not of its instance profile.',
          'arn:aws:iam::111122223333:role/eks-prod-node',
        ),
        'must be a list of role ARNs',
      ),
      'Roles of EC2 nodes, which get an entry each; one that exists already is never changed.',
      ['arn:aws:iam::111122223333:role/eks-prod-node'],
    ),
    mappings: optional(
      v.array(mappingSchema, 'must be a list of mappings'),
      'Who gets in: which permission sets, in which accounts, get which username and groups. Where several reach a role, it gets the groups of all of them.',
      [{ permissionSet: 'ReadOnly', groups: ['viewers'] }],
    ),
    otherEntries: v.optional(otherEntries),
  },
  'must be a mapping; see docs/config.md',
);

export type Config = v.InferOutput<typeof configSchema>;

const OFFERED = WRITTEN_VARIABLES.filter((variable) => variable !== NODE_VARIABLE).join(' ');

/** Why a string cannot be the Kubernetes username of people; undefined when it can. */
function usernameProblem(username: string): string | undefined {
  return nameProblem(username) ?? identityProblem(username) ?? sessionProblem('username', username);
}

/** Whether a mapping can state the username that an entry of aws-auth has. */
export function canStateUsername(username: string): boolean {
  return username !== USERNAME_OF_EKS && usernameProblem(username) === undefined;
}

/** Whoever assumes a role chooses the name of the session. */
function sessionProblem(kind: 'username' | 'group', template: string): string | undefined {
  const name = systemNameOf(kind, template);
  return name === undefined
    ? undefined
    : `can become ${quoted(name)}, for whoever assumes a role chooses the session name; put a prefix of your own in front of the variable`;
}

/** Why a string cannot be a Kubernetes group of people; undefined when it can. */
function groupProblem(group: string): string | undefined {
  if (isNodeGroup(group)) return 'is a group of nodes; a person in it could act as a node of the cluster';
  const near = nearSystemGroup(group);
  if (near === MASTERS)
    return 'is not a built-in group of Kubernetes; it looks like the group of cluster administrators, misspelled';
  if (near !== undefined) return `is not a built-in group of Kubernetes; did you mean ${quoted(near)}?`;
  return nameProblem(group) ?? identityProblem(group) ?? sessionProblem('group', group);
}

function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (!/^[\x20-\x7e]*$/.test(name))
    return 'has a character that is not printable ASCII; the authenticator and RBAC compare bytes';
  if (name.trim() !== name) return 'begins or ends with a space';
  if (name.includes(NODE_VARIABLE))
    return `has ${NODE_VARIABLE}, which denies access to everyone who is not an EC2 instance`;
  // The authenticator leaves it in place as literal text.
  const unknown = name.match(/\{\{.*?\}\}|\{\{|\}\}/g)?.find((braces) => !WRITTEN_VARIABLES.includes(braces));
  return unknown === undefined
    ? undefined
    : `has the unknown variable ${unknown}; the authenticator knows ${OFFERED}`;
}

function identityProblem(name: string): string | undefined {
  if (!/^arn:/i.test(name)) return undefined;
  return 'is an ARN, not a Kubernetes name; an Identity Center user or group cannot be mapped, only the permission set assigned to them';
}

/** Why a string cannot be the ARN of a node role; undefined when it can. */
export function nodeRoleProblem(text: string): string | undefined {
  const arn = parseArn(text);
  if (arn && arnKind(arn) === 'instance-profile')
    return 'is an instance profile; name the role inside it (aws iam get-instance-profile)';
  return (
    roleArnProblem(text) ??
    (parseProvisionedRoleArn(text)
      ? 'is provisioned by Identity Center for people; nodes have a role of their own'
      : undefined)
  );
}

/** Why a text is not the ARN of a role, with its path; undefined where it is. */
function roleArnProblem(text: string): string | undefined {
  const arn = parseArn(text);
  if (!arn || arnKind(arn) !== 'role' || arn.region !== '' || !isAccountId(arn.accountId)) {
    return 'is not a role ARN (arn:aws:iam::ACCOUNT:role/NAME)';
  }
  return /^role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(arn.resource)
    ? undefined
    : 'has an invalid role name';
}

/** Why a value of `--role-arn` does not give the path of a role; undefined where it does. */
export function pathArnProblem(text: string): string | undefined {
  const problem = roleArnProblem(text);
  if (problem !== undefined || !parseProvisionedRoleArn(text) || text.includes(`:role${PROVISIONED_PATH}`))
    return problem;
  return `lacks the path of a role of Identity Center, role${PROVISIONED_PATH}…`;
}
