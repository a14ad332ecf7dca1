import * as v from 'valibot';
import { isAccountId } from '../arn.ts';
import { otherArnProblem } from '../aws-auth/other-entries.ts';
import { statedGroupProblem, statedUsernameProblem } from '../aws-auth/stated-names.ts';
import { DEFAULT_ROLE, DEFAULT_SESSION_NAME, settingProblems } from '../aws-settings.ts';
import { accountSelectorProblem } from '../directory/account-selector.ts';
import { DEFAULT_USERNAME, USERNAME_OF_EKS } from '../map-entry.ts';
import { callerKey } from '../same-arn.ts';
import { quoted } from '../text.ts';
import { BIND_KEYS, boundRoles } from './bind-schema.ts';
import {
  field,
  listedPolicies,
  mappedPolicies,
  optional,
  POLICY_KEYS,
  validString,
} from './policies-schema.ts';
import { bindProblem, nodeRoleProblem } from './problems.ts';
import { parsePrincipalSelector, permissionSetSelectorProblem } from './selector.ts';

/** An ARN; its problem text includes the ARN. */
const arn = v.pipe(
  v.string('must be a string'),
  v.rawCheck<string>(({ dataset, addIssue }) => {
    const message = dataset.typed ? otherArnProblem(dataset.value) : undefined;
    if (message !== undefined) addIssue({ message });
  }),
);

const arnItem = v.strictObject(
  {
    arn: field(
      arn,
      'The ARN of a role (without its path) or user, as in the entry. `*` matches anything between two colons or slashes. A pattern never covers Identity Center roles, and it covers cluster admins only if its `groups` says so.',
      'arn:aws:iam::111122223333:role/ci-deployer',
      'arn:aws:iam::*:role/eks-*-node',
      'arn:aws:iam::111122223333:user/break-glass',
    ),
    username: optional(
      v.string('must be a string'),
      "The entry's username; default: any.",
      'ci',
      'system:node:{{SessionName}}',
    ),
    groups: optional(
      v.array(
        field(v.string('must be a string'), 'A group of the entry.', 'deployers', 'system:nodes'),
        'must be a list of Kubernetes groups',
      ),
      "The entry's groups, in any order; default: any.",
      ['deployers'],
      [],
    ),
    policies: optional(
      listedPolicies,
      'The policies of the access entry, in any order; default: any. Entries of aws-auth have no policies.',
      [{ policy: 'View', namespaces: ['team-*'] }],
      [],
    ),
  },
  'must be a mapping with arn, or with account',
);

const accountItem = v.strictObject(
  {
    account: field(
      validString((text) =>
        isAccountId(text) ? undefined : "isn't an account ID: it must be 12 digits, in quotes",
      ),
      'An account of mapAccounts.',
      '111122223333',
    ),
  },
  'must be a mapping with arn, or with account',
);

const BOTH = v.custom<never>(
  () => false,
  'has both arn and account, but account is for mapAccounts: split it into two items',
);

type Item = v.InferOutput<typeof arnItem> | v.InferOutput<typeof accountItem>;

/** Reports the problems of the variant that was meant: an account if it has that key. */
const item: v.GenericSchema<Item> = {
  ...v.union([arnItem, accountItem]),
  '~run': (dataset, config) => {
    const keys = Object.keys(Object(dataset.value));
    const schema = !keys.includes('account') ? arnItem : keys.includes('arn') ? BOTH : accountItem;
    return schema['~run'](dataset, config);
  },
};

/** The `otherEntries` of a config. */
const otherEntries = field(
  v.pipe(
    v.array(
      field(
        item,
        'An entry, identified by its ARN, or an account of mapAccounts.',
        { arn: 'arn:aws:iam::111122223333:role/ci-deployer', groups: ['deployers'] },
        { account: '111122223333' },
      ),
      'must be a list of items with arn or account',
    ),
    v.rawCheck<Item[]>(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const first = new Map<string, number>();
      for (const [index, value] of dataset.value.entries()) {
        const key = 'arn' in value ? callerKey(value.arn) : value.account;
        const before = first.get(key);
        if (before === undefined) first.set(key, index);
        else
          addIssue({
            message: `${quoted('arn' in value ? value.arn : value.account)} is already listed as otherEntries[${before}]`,
            path: [{ type: 'array', origin: 'value', input: dataset.value, key: index, value }],
          });
      }
    }),
  ),
  "Entries that belong in aws-auth and are managed elsewhere. `diff --strict` reports any entry that isn't covered by these, nodeRoles or mappings. Merge leaves them unchanged, unless --prune finds that their role no longer exists.",
  [
    { arn: 'arn:aws:iam::111122223333:user/break-glass', groups: ['system:masters'] },
    { arn: 'arn:aws:iam::*:role/eks-*-node' },
    { account: '111122223333' },
  ],
);

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

const group = field(
  validString(statedGroupProblem),
  'A group that a RoleBinding or ClusterRoleBinding grants permissions to. Only system:masters needs no binding: its members are cluster admins.',
  'viewers',
  'developers',
);

const USERNAME = field(
  validString(statedUsernameProblem),
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
    bind: optional(
      boundRoles,
      'The ClusterRoles that `aws-auth-sso bindings` binds each of the groups to, in namespaces or the whole cluster.',
      [{ role: 'edit', namespaces: ['payments'] }],
      [{ role: 'view' }],
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
  }),
  v.rawCheck(({ dataset: { value }, addIssue }) => {
    if (typeof value !== 'object' || value === null || !('bind' in value)) return;
    const { groups } = value as { readonly groups?: unknown };
    if (groups === undefined) addIssue({ message: 'has bind but no groups: add the groups to bind' });
    if (!Array.isArray(groups)) return;
    for (const [key, group] of groups.entries()) {
      const problem = typeof group === 'string' ? bindProblem(group) : undefined;
      if (problem !== undefined)
        addIssue({
          message: `${quoted(group)} ${problem}`,
          path: [
            { type: 'object', origin: 'value', input: { ...value }, key: 'groups', value: groups },
            { type: 'array', origin: 'value', input: groups, key, value: group },
          ],
        });
    }
  }),
);

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
      v.array(mappingSchema, ({ input }) =>
        input === null
          ? 'is empty: add or uncomment some, or write `mappings: []` if nobody should have access'
          : 'must be a list of mappings',
      ),
      'Who has access: which permission sets, in which accounts, get which username, groups and access policies. A role that several mappings match gets the groups and policies of all of them. An empty list means nobody, so --prune removes the last entries.',
      [{ permissionSet: 'ReadOnly', groups: ['viewers'] }],
      [],
    ),
    otherEntries: v.optional(otherEntries),
  },
  'must be a mapping; see docs/config.md',
);

export type Config = v.InferOutput<typeof configSchema>;

const KNOWN_KEYS = {
  top: Object.keys(configSchema.entries),
  mapping: Object.keys(mappingFields.entries),
  role: Object.keys(oneRole.entries),
  rule: Object.keys(roleRule.entries),
  listedArn: [...Object.keys(arnItem.entries), ...Object.keys(accountItem.entries)],
  listedAccount: Object.keys(accountItem.entries),
};

/** The keys that an object at a path may have. */
export function keysAt([first, second, third]: readonly unknown[], object: object): readonly string[] {
  if (first === undefined) return KNOWN_KEYS.top;
  if (third === 'policies') return POLICY_KEYS;
  if (third === 'bind') return BIND_KEYS;
  if (first === 'mappings') return KNOWN_KEYS.mapping;
  if (first === 'otherEntries')
    return 'account' in object && !('arn' in object) ? KNOWN_KEYS.listedAccount : KNOWN_KEYS.listedArn;
  return second === undefined ? KNOWN_KEYS.role : KNOWN_KEYS.rule;
}
