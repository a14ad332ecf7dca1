import * as v from 'valibot';
import { arnKind, isAccountId, parseArn } from '../arn.ts';
import {
  isNodeGroup,
  LOOKS_LIKE_MASTERS,
  MASTERS,
  nearSystemGroup,
  systemNameOf,
} from '../authenticator/groups.ts';
import { DEFAULT_USERNAME, NODE_VARIABLE, USERNAME_OF_EKS, WRITTEN_VARIABLES } from '../entry.ts';
import { DEFAULT_ROLE, DEFAULT_SESSION_NAME } from '../inventory/role-rules.ts';
import { accountSelectorProblem } from '../inventory/scope/account-selector.ts';
import { PROVISIONED_PATH, parseProvisionedRoleArn } from '../role-name.ts';
import { quoted } from '../text.ts';
import { otherEntries } from './other-entries-schema.ts';
import { mappedPolicies } from './policies-schema.ts';
import { field, optional, validString } from './schema-fields.ts';
import { parsePrincipalSelector, permissionSetSelectorProblem } from './selector.ts';

const account = field(
  validString(accountSelectorProblem),
  "A quoted account ID, an exact name, a glob of names, or self (the caller's account). Or ou:ID or ou:PATH for an organizational unit and all units below it.",
  '111122223333',
  'prod-eks',
  'prod-*',
  'ou:Workloads/Prod',
  'self',
);
const accounts = v.array(account, 'must be a list of accounts');

/** Rejects an empty list, which would silently select nothing; `next` says what omitting the list means. */
const someAccounts = (next: string) =>
  v.pipe(accounts, v.minLength(1, `is empty: list at least one account, or omit it ${next}`));

const assignedToProblem = (text: string) =>
  parsePrincipalSelector(text) ? undefined : 'must be group:NAME or user:NAME';

const unless = (pattern: RegExp, problem: string) => (text: string) =>
  pattern.test(text) ? undefined : problem;

/** Problems of AWS settings, from the config or a flag. */
export const settingProblems = {
  region: unless(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "isn't an AWS region, such as eu-west-1"),
  /** The role to assume. */
  roleName: (text: string) =>
    parseArn(text)
      ? 'is an ARN; specify the name, or path/name, which is the same in every account'
      : unless(/^([\w+=,.@-]+\/)*[\w+=,.@-]+$/, "isn't a role name")(text),
  externalId: unless(
    /^[\w+=,.@:/-]{2,1224}$/,
    "isn't an external ID (2 to 1224 characters of A-Z a-z 0-9 _ + = , . @ : / -)",
  ),
  /** The session name of an assumed role: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
  sessionName: unless(
    /^[\w+=,.@-]{2,64}$/,
    "isn't a session name (2 to 64 characters of A-Z a-z 0-9 _ + = , . @ -)",
  ),
  profile: (text: string) =>
    text.trim() === text && text !== '' ? undefined : "isn't the name of an AWS profile",
};

const group = field(
  validString(groupProblem),
  'A group that a RoleBinding or ClusterRoleBinding grants permissions to. Only system:masters needs no binding: its members are cluster admins.',
  'viewers',
  'developers',
);

const USERNAME = field(
  validString(usernameProblem),
  `The Kubernetes username; default ${DEFAULT_USERNAME}, which is the Identity Center user name. An existing entry keeps its username unless one is set here. The word ${USERNAME_OF_EKS} lets EKS choose the username, which works for access entries but not for aws-auth.`,
  DEFAULT_USERNAME,
  'admin:{{SessionName}}',
  USERNAME_OF_EKS,
);

const mappingFields = v.strictObject(
  {
    permissionSet: field(
      validString(permissionSetSelectorProblem),
      'The permission set: an exact name, a glob, an ARN, or group:DISPLAYNAME or user:USERNAME for the permission sets assigned to them. Everyone who is assigned the permission set has access.',
      'ReadOnly',
      'Dev*',
      'group:Platform',
      'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-32e4b4859f4238ec',
    ),
    accounts: optional(
      someAccounts('for the default scope'),
      'The accounts of this mapping, instead of the default scope.',
      ['prod-eks'],
      ['ou:Workloads'],
    ),
    assignedTo: optional(
      validString(assignedToProblem),
      'Limits the mapping to accounts where this group or user is assigned the permission set: group:NAME or user:NAME.',
      'group:Platform',
      'user:erin@example.com',
    ),
    username: v.optional(USERNAME),
    groups: optional(
      v.pipe(
        v.array(group, 'must be a list of Kubernetes groups'),
        v.minLength(1, 'is empty: list at least one Kubernetes group'),
      ),
      'The Kubernetes groups; required for aws-auth. An existing entry ends up with exactly these, in this order.',
      ['viewers'],
      ['developers', 'viewers'],
    ),
    policies: optional(
      mappedPolicies,
      'The EKS access policies, for access entries alone: aws-auth has none. Each is a name, for the whole cluster, or a policy with namespaces.',
      [{ policy: 'Edit', namespaces: ['team-*'] }],
      ['View'],
    ),
    optional: optional(
      v.boolean('must be true or false'),
      'True if the mapping may match no role; otherwise that is an error.',
      true,
    ),
  },
  'must be a mapping with permissionSet and groups',
);

/** One rule; also validates `--map` flags. */
export const mappingSchema = v.pipe(
  mappingFields,
  v.rawCheck(({ dataset: { value }, addIssue }) => {
    // Also next to other problems, because all are reported at once.
    if (typeof value !== 'object' || value === null) return;
    if (!('groups' in value || 'policies' in value))
      addIssue({ message: 'has neither groups nor policies: add groups, or policies for access entries' });
    if ('policies' in value && 'username' in value && isNamedAsNode(value.username))
      addIssue({
        message: `${quoted(value.username)} is a username of nodes, whose access entries can't have policies`,
        path: [
          { type: 'object', origin: 'value', input: { ...value }, key: 'username', value: value.username },
        ],
      });
  }),
);

function isNamedAsNode(username: unknown): username is string {
  return typeof username === 'string' && username.startsWith('system:node:');
}

const roleName = field(
  validString(settingProblems.roleName),
  `The role's name, or path/name, which is the same in every account; default ${DEFAULT_ROLE}.`,
  'EksAuthReader',
  'teams/platform/EksAuthReader',
);

const roleOptions = {
  externalId: optional(
    validString(settingProblems.externalId),
    "The external ID that the role's trust policy requires.",
    'example-external-id',
    '9f1b0c52-6a7d',
  ),
  sessionName: optional(
    validString(settingProblems.sessionName),
    `The session name, which CloudTrail shows; default ${DEFAULT_SESSION_NAME}.`,
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
      'The accounts of this rule. The last rule may omit them; it applies to all remaining accounts.',
      ['ou:Workloads', 'prod-*'],
    ),
    name: field(
      validString(settingProblems.roleName),
      "The role's name, or path/name.",
      'AWSControlTowerExecution',
      'EksAuthReader',
    ),
    ...roleOptions,
  },
  'must be a rule with accounts and name',
);

const roleRules = v.pipe(
  v.array(roleRule),
  v.minLength(1, 'is empty: list at least one role'),
  v.rawCheck(({ dataset, addIssue }) => {
    const first = dataset.typed ? dataset.value.findIndex(({ accounts }) => accounts === undefined) : -1;
    if (!dataset.typed || first < 0 || first === dataset.value.length - 1) return;
    const message =
      'applies to all accounts, so no rule after it is ever used: add `accounts`, or move it to the end';
    addIssue({
      message,
      path: [
        { type: 'array', origin: 'value', input: dataset.value, key: first, value: dataset.value[first] },
      ],
    });
  }),
);

/** Reports the problems of the variant that was meant: the rules if it is a list, otherwise the one role. */
const assumeRole: v.UnionSchema<[typeof oneRole, typeof roleRules], undefined> = {
  ...v.union([oneRole, roleRules]),
  '~run': (dataset, config) =>
    Array.isArray(dataset.value) ? roleRules['~run'](dataset, config) : oneRole['~run'](dataset, config),
};

/** The whole file: the source of its validation, messages and JSON Schema. */
export const configSchema = v.strictObject(
  {
    accounts: optional(
      someAccounts('if every mapping has its own or you pass scope flags'),
      'The default scope: the accounts for mappings that have no accounts themselves.',
      ['111122223333', 'prod-eks'],
      ['ou:Workloads/Prod'],
    ),
    excludeAccounts: optional(
      accounts,
      'Accounts to exclude from every scope.',
      ['sandbox-*'],
      ['ou:Suspended'],
    ),
    ssoRegion: optional(
      validString(settingProblems.region),
      "Identity Center's home region; default: the region in the paths of the provisioned roles, else the SDK's region.",
      'eu-west-1',
      'us-east-1',
    ),
    assumeRole: optional(
      assumeRole,
      'The role to assume to read other accounts; or a list of rules, where the first rule that matches an account applies.',
      { name: 'EksAuthReader', externalId: 'example-external-id' },
      [{ accounts: ['ou:Landing Zone'], name: 'AWSControlTowerExecution' }, { name: DEFAULT_ROLE }],
    ),
    organizationsProfile: optional(
      validString(settingProblems.profile),
      'The AWS profile for calls to AWS Organizations; default: the first --profile.',
      'org-reader',
    ),
    ssoProfile: optional(
      validString(settingProblems.profile),
      'The AWS profile for calls to IAM Identity Center; default: the first --profile.',
      'identity-reader',
    ),
    nodeRoles: optional(
      v.array(
        field(
          validString(
            nodeRoleProblem,
            'must be the ARN of a role; nodes have the username and groups of nodes, and no access policies',
          ),
          'The ARN of a node role, not of its instance profile.',
          'arn:aws:iam::111122223333:role/eks-prod-node',
        ),
        'must be a list of role ARNs',
      ),
      'Roles of EC2 nodes, one entry each. Existing entries are never changed.',
      ['arn:aws:iam::111122223333:role/eks-prod-node'],
    ),
    mappings: optional(
      v.array(mappingSchema, 'must be a list of mappings'),
      'Who has access: which permission sets, in which accounts, get which username, groups and access policies. A role that several mappings match gets the groups and policies of all of them.',
      [{ permissionSet: 'ReadOnly', groups: ['viewers'] }],
    ),
    otherEntries: v.optional(otherEntries),
  },
  'must be a mapping; see docs/config.md',
);

export type Config = v.InferOutput<typeof configSchema>;

const OFFERED = WRITTEN_VARIABLES.filter((variable) => variable !== NODE_VARIABLE).join(' ');

/** Why a string cannot be a person's Kubernetes username; undefined if it can. */
function usernameProblem(username: string): string | undefined {
  return nameProblem(username) ?? identityProblem(username) ?? sessionProblem('username', username);
}

/** True if a mapping can set this username of an aws-auth entry. */
export function canStateUsername(username: string): boolean {
  return username !== USERNAME_OF_EKS && usernameProblem(username) === undefined;
}

/** Rejects templates that can become a system name: callers who assume a role choose the session name. */
function sessionProblem(kind: 'username' | 'group', template: string): string | undefined {
  const name = systemNameOf(kind, template);
  return name === undefined
    ? undefined
    : `can become ${quoted(name)}, because callers who assume a role choose the session name; put your own prefix in front of the variable`;
}

/** Why a string cannot be a person's Kubernetes group; undefined if it can. */
function groupProblem(group: string): string | undefined {
  if (isNodeGroup(group)) return 'is a group for nodes; a person in it could act as a node of the cluster';
  const near = nearSystemGroup(group);
  if (near === MASTERS) return `isn't a built-in Kubernetes group; it ${LOOKS_LIKE_MASTERS}`;
  if (near !== undefined) return `isn't a built-in Kubernetes group; did you mean ${quoted(near)}?`;
  return nameProblem(group) ?? identityProblem(group) ?? sessionProblem('group', group);
}

function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (!/^[\x20-\x7e]*$/.test(name))
    return "has a character that isn't printable ASCII; the authenticator and RBAC compare bytes";
  if (name.trim() !== name) return 'starts or ends with a space';
  if (name.includes(NODE_VARIABLE))
    return `has ${NODE_VARIABLE}, which denies access to everyone except EC2 instances`;
  // The authenticator keeps unknown variables as literal text.
  const unknown = name.match(/\{\{.*?\}\}|\{\{|\}\}/g)?.find((braces) => !WRITTEN_VARIABLES.includes(braces));
  return unknown === undefined
    ? undefined
    : `has the unknown variable ${unknown}; the authenticator knows ${OFFERED}`;
}

function identityProblem(name: string): string | undefined {
  if (!/^arn:/i.test(name)) return undefined;
  return "is an ARN, not a Kubernetes name; you can't map an Identity Center user or group, only the permission set assigned to them";
}

/** Why a string cannot be the ARN of a node role; undefined if it can. */
export function nodeRoleProblem(text: string): string | undefined {
  const arn = parseArn(text);
  if (arn && arnKind(arn) === 'instance-profile')
    return 'is an instance profile; specify the role in it (aws iam get-instance-profile)';
  return (
    roleArnProblem(text) ??
    (parseProvisionedRoleArn(text)
      ? 'is provisioned by Identity Center for people; nodes have their own role'
      : undefined)
  );
}

/** Why a text is not a role ARN, with or without path; undefined if it is. */
function roleArnProblem(text: string): string | undefined {
  const arn = parseArn(text);
  if (!arn || arnKind(arn) !== 'role' || arn.region !== '' || !isAccountId(arn.accountId)) {
    return "isn't a role ARN (arn:aws:iam::ACCOUNT:role/NAME)";
  }
  return /^role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(arn.resource)
    ? undefined
    : 'has an invalid role name';
}

/** Why a value of `--role-arn` lacks the role's path; undefined if it has it. */
export function pathArnProblem(text: string): string | undefined {
  const problem = roleArnProblem(text);
  if (problem !== undefined || !parseProvisionedRoleArn(text) || text.includes(`:role${PROVISIONED_PATH}`))
    return problem;
  return `lacks the path of an Identity Center role, role${PROVISIONED_PATH}…`;
}
