import { policiesOf } from '../access-entry/entry.ts';
import type { StatedPolicy } from '../access-policy.ts';
import { administratorBy } from '../aws-auth/groups.ts';
import { GROUP_PLACEHOLDER } from '../aws-auth/stated-names.ts';
import type { AccountName } from '../directory/model.ts';
import type { ReadTime } from '../directory/read-time.ts';
import { isClusterAdminPolicy, policyName, statedPolicyOf, writtenPolicy } from '../eks.ts';
import { escaped, printable, quoted } from '../text.ts';
import { asciiQuoted } from '../yaml/quote.ts';
import type { Proposal } from './proposal.ts';

/** The context that a starter config mentions in addition to the proposal. */
interface StarterContext {
  /** The sources of the proposal: files, a cluster, or AWS. */
  readonly sources: readonly string[];
  /** The role to assume in other accounts, from an option. */
  readonly assumeRole: string | undefined;
  readonly ssoRegion: string | undefined;
  readonly partition: string;
  /** When the roles were read. */
  readonly readTime: ReadTime;
}

/** Renders a proposal as a commented config, valid as is. */
export function renderStarterConfig(proposal: Proposal, context: StarterContext): string {
  const sections = [
    [
      '# Which permission sets, in which accounts, get which username and groups in one cluster.',
      `# Proposed by \`aws-auth-sso init\` from ${context.sources.map(printableComment).join(' and ')}. Review it and edit as needed.`,
    ],
    accountSection(proposal.accounts),
    optionSection(context),
    nodeSection(proposal, context),
    mappingSection(proposal, context),
    otherSection(proposal),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function accountSection(accounts: readonly AccountName[]): string[] {
  const about = '# Accounts for the mappings: IDs (quoted), names, globs, self, ou:ID or ou:PATH.';
  if (accounts.length === 0) return [about, 'accounts: [self] # or, for example, ["111122223333"]'];
  return [about, 'accounts:', ...accountItems(accounts).map(indented)];
}

function accountItems(accounts: readonly AccountName[]): string[] {
  return accounts.map(({ id, name }) => `- "${id}"${name === null ? '' : ` # ${printableComment(name)}`}`);
}

function optionSection({ assumeRole, ssoRegion }: StarterContext): string[] {
  return [
    ...(assumeRole === undefined
      ? []
      : ['# The role to assume to read other accounts.', `assumeRole: { name: ${scalar(assumeRole)} }`]),
    ...(ssoRegion === undefined
      ? []
      : ["# Identity Center's home region.", `ssoRegion: ${scalar(ssoRegion)}`]),
  ];
}

function nodeSection({ nodeRoles, accounts }: Proposal, { partition }: StarterContext): string[] {
  const about = "# Roles of the cluster's nodes. Nodes can't join without an entry or access entry.";
  if (nodeRoles.length > 0) return [about, 'nodeRoles:', ...nodeRoles.map((arn) => `  - ${scalar(arn)}`)];
  const arn = `arn:${partition}:iam::${accounts[0]?.id ?? '111122223333'}:role/NODE-ROLE`;
  return [
    about,
    '# Merge keeps existing node entries of a ConfigMap. To add one:',
    `# nodeRoles: [${scalar(arn)}]`,
  ];
}

function mappingSection({ accounts, mappings, unmapped }: Proposal, { readTime }: StarterContext): string[] {
  const names = new Map(accounts.map((account) => [account.id, account]));
  const itemOf = (mapping: ExampleOrMapping) => mappingItem(mapping, names).map(indented);
  const about =
    '# Who has access: everyone who is assigned the permission set, with these Kubernetes groups.';
  const examples = unmapped.flatMap(itemOf);
  if (mappings.length > 0)
    return [about, 'mappings:', ...mappings.flatMap(itemOf), ...moreExamples(examples, readTime)];
  const shown = examples.length > 0 ? examples : itemOf({ permissionSet: 'NAME', accounts: null });
  return [
    about,
    `# Nobody yet. To map a permission set, remove the "# " before "mappings:" and its lines, and name a group for ${GROUP_PLACEHOLDER}.`,
    '# A RoleBinding or ClusterRoleBinding gives a group its permissions. `aws-auth-sso bindings` writes it from `bind`,',
    '# such as bind: [{role: view, namespaces: [team-a]}]. Members of system:masters are cluster admins.',
    '# mappings:',
    ...shown.map(commented),
  ];
}

type ExampleOrMapping = Proposal['unmapped'][number] & Partial<Proposal['mappings'][number]>;

function moreExamples(lines: readonly string[], readTime: ReadTime): string[] {
  if (lines.length === 0) return [];
  const what = readTime.dated('Provisioned in these accounts, but not mapped above');
  return [
    '',
    `  # ${what}. To map one, remove its "# ", name a group for ${GROUP_PLACEHOLDER},`,
    '  # and bind the group: with your own RoleBinding, or with `bind`, such as bind: [{role: view, namespaces: [team-a]}].',
    ...lines.map((line) => `  ${commented(line.slice(2))}`),
  ];
}

/** The maximum number of accounts on one line. */
const ACCOUNTS_ON_A_LINE = 3;

function mappingItem(mapping: ExampleOrMapping, names: ReadonlyMap<string, AccountName>): string[] {
  const { permissionSet, accounts, username = null, groups = [GROUP_PLACEHOLDER], policies = [] } = mapping;
  const ids = accounts ?? [];
  const isLong = ids.length > ACCOUNTS_ON_A_LINE;
  const accountsField = isLong
    ? [
        '  accounts:',
        ...accountItems(ids.map((id) => names.get(id) ?? { id, name: null })).map((item) => `    ${item}`),
      ]
    : accounts
      ? [`  accounts: [${ids.map((id) => `"${id}"`).join(', ')}]`]
      : [];
  return [
    `- permissionSet: ${scalar(permissionSet)}`,
    ...accountsField,
    ...(username === null ? [] : [`  username: ${scalar(username)}`]),
    ...(groups.length === 0 ? [] : [`  groups: [${groups.map(scalar).join(', ')}]`]),
    ...(policies.length === 0 ? [] : [`  policies: [${policies.map(policyItem).join(', ')}]`]),
  ];
}

/** `View`, or `{ policy: Edit, namespaces: ["team-*"] }` */
function policyItem(stated: StatedPolicy): string {
  const [policy, { namespaces }] = [scalar(writtenPolicy(stated)), stated];
  if (namespaces === null) return policy;
  return `{ policy: ${policy}, namespaces: [${namespaces.map(scalar).join(', ')}] }`;
}

/** Includes what each entry grants, so that later additions show as a difference. */
function otherSection({ others }: Proposal): string[] {
  if (others.length === 0) return [];
  return [
    "# Other entries that grant access. `diff --strict` reports anything that this file doesn't list.",
    "# Remove what doesn't belong in the cluster. Merge leaves these entries unchanged.",
    'otherEntries:',
    ...others.flatMap(otherItem).map(indented),
  ];
}

function otherItem({ entry, reason }: Proposal['others'][number]): string[] {
  if (entry.source === 'aws-auth' && !entry.loaded)
    return [`- account: "${entry.id}" # mapAccounts: everyone in the account has access, without groups`];
  // The policy, group or username that makes the entry's callers cluster admins.
  const policy = policiesOf(entry).find(isClusterAdminPolicy);
  const by = administratorBy(entry);
  const admin = policy
    ? `access policy ${policyName(policy)}`
    : by && `${by.field === 'groups' ? 'group' : 'username'} ${quoted(by.name)}`;
  return [
    ...(reason === null ? [] : [`# ${printableComment(reason)}`]),
    ...(admin === null ? [] : [`# CLUSTER ADMIN through ${printableComment(admin)}`]),
    `- arn: ${scalar(entry.arn)}`,
    `  username: ${scalar(entry.username)}`,
    `  groups: [${entry.groups.map(scalar).join(', ')}]`,
    ...(entry.source === 'aws-auth'
      ? []
      : [`  policies: [${entry.policies.map(statedPolicyOf).map(policyItem).join(', ')}]`]),
  ];
}

/** One line that is valid in a YAML comment, where noncharacters are not allowed either. */
function printableComment(text: string): string {
  return printable(text).replace(/[\ufffe\uffff]/g, escaped);
}

const YAML_WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** Plain if every YAML reader reads the same string; otherwise in double quotes, in ASCII. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z](?:[\w+/@.-]|:+[\w+/@.-])*$/.test(text) && !YAML_WORDS.test(text);
  return isPlain ? text : asciiQuoted(text);
}

function indented(line: string): string {
  return `  ${line}`;
}

function commented(line: string): string {
  return line === '' ? '#' : `# ${line}`;
}
