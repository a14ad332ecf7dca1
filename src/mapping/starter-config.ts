import { entryTemplates, statedPolicyOf, writtenPolicy } from '../access-entry.ts';
import type { StatedPolicy } from '../access-policy-names.ts';
import { withoutPath } from '../arn.ts';
import { administratorBy, clusterAdminBy } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { AccountName } from '../inventory/model.ts';
import { escaped, printable, quoted } from '../text.ts';
import { asciiQuoted } from '../yaml/quote.ts';
import type { LeftOutAccessEntry, Proposal } from './proposal.ts';

type LeftOutEntry = Proposal['others']['listed'][number];

/** The context that a starter config mentions in addition to the proposal. */
export interface StarterContext {
  /** The file with the existing map; null if there is no map. */
  readonly mapFile: string | null;
  /** The sources of the proposal: files, or AWS. */
  readonly sources: readonly string[];
  /** Additional config fields, from command-line options. */
  readonly assumeRole: string | undefined;
  readonly ssoRegion: string | undefined;
  readonly partition: string;
  /** The line of an entry in the map's file. */
  readonly lineOf: (entry: LoadedEntry) => number | undefined;
}

/** A group without permissions in Kubernetes, for examples. */
const EXAMPLE_GROUP = 'viewers';

/** Renders a proposal as a commented config, valid as is. */
export function renderStarterConfig(proposal: Proposal, context: StarterContext): string {
  const sections = [
    heading(context),
    accountSection(proposal.accounts),
    optionSection(context),
    nodeSection(proposal, context),
    mappingSection(proposal),
    otherSection(proposal, context),
    leftOutSection(proposal, context),
    accessEntrySection(proposal),
    leftOutAccessEntrySection(proposal),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function heading({ sources }: StarterContext): string[] {
  return [
    '# Which permission sets, in which accounts, get which username and groups in one cluster.',
    `# Proposed by \`aws-auth-sso init\` from ${sources.map(printableComment).join(' and ')}. Review it and edit as needed.`,
  ];
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

function mappingSection({ accounts, mappings, examples }: Proposal): string[] {
  const names = new Map(accounts.map((account) => [account.id, account]));
  const itemOf = (mapping: Proposal['examples'][number]) => mappingItem(mapping, names).map(indented);
  const about =
    '# Who has access: everyone who is assigned the permission set, with these Kubernetes groups.';
  const exampleLines = examples.flatMap(itemOf);
  if (mappings.length > 0)
    return [about, ABOUT_POLICIES, 'mappings:', ...mappings.flatMap(itemOf), ...moreExamples(exampleLines)];
  const shown = exampleLines.length > 0 ? exampleLines : itemOf({ permissionSet: 'NAME', accounts: null });
  return [
    about,
    '# Nobody yet. To map a permission set, remove the "# " before "mappings:" and before its lines, and list groups that',
    '# a RoleBinding or ClusterRoleBinding grants permissions to. Members of system:masters are cluster admins.',
    ABOUT_POLICIES,
    '# mappings:',
    ...shown.map(commented),
  ];
}

const ABOUT_POLICIES =
  '# Access policies need no binding, but access entries: policies: [View, { policy: Edit, namespaces: ["team-*"] }]';

function moreExamples(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [
    '',
    '  # Provisioned in these accounts, but not mapped above. To map one, remove its "# " and list groups',
    '  # that a RoleBinding or ClusterRoleBinding grants permissions to.',
    ...lines.map((line) => `  ${commented(line.slice(2))}`),
  ];
}

/** The maximum number of accounts on one line. */
const ACCOUNTS_ON_A_LINE = 3;

function mappingItem(
  mapping: Proposal['examples'][number] & Partial<Proposal['mappings'][number]>,
  names: ReadonlyMap<string, AccountName>,
): string[] {
  const {
    permissionSet,
    accounts,
    username = null,
    usernameProblem = null,
    groups = [EXAMPLE_GROUP],
    policies = [],
  } = mapping;
  return [
    `- permissionSet: ${scalar(permissionSet)}`,
    ...(accounts ? accountsField(accounts, names) : []),
    ...(usernameProblem === null
      ? []
      : [`  # merge keeps the username: ${printableComment(usernameProblem)}`]),
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

function accountsField(ids: readonly string[], names: ReadonlyMap<string, AccountName>): string[] {
  if (ids.length <= ACCOUNTS_ON_A_LINE) return [`  accounts: [${ids.map((id) => `"${id}"`).join(', ')}]`];
  const items = accountItems(ids.map((id) => names.get(id) ?? { id, name: null }));
  return ['  accounts:', ...items.map((item) => `    ${item}`)];
}

/** Includes what each entry grants, so that later additions show as a difference. */
function otherSection({ others: { listed, accounts } }: Proposal, context: StarterContext): string[] {
  if (listed.length + accounts.length === 0) return [];
  return [
    `# Other entries of ${printableComment(context.mapFile ?? '')} that grant access. \`diff --strict\` reports anything that this file doesn't list.`,
    "# Remove what doesn't belong in the cluster. Merge leaves these entries unchanged.",
    'otherEntries:',
    ...[...listed.flatMap((one) => otherItem(one, context)), ...accounts.map(accountItem)].map(indented),
  ];
}

function otherItem({ entry, reason }: LeftOutEntry, { lineOf }: StarterContext): string[] {
  const { arn, username, groups } = entry;
  const by = administratorBy(entry);
  return [
    `# ${placeOf(lineOf(entry))}${printableComment(reason)}`,
    ...(by === null
      ? []
      : [
          `# CLUSTER ADMIN through ${by.field === 'groups' ? 'group' : 'username'} ${printableComment(quoted(by.name))}`,
        ]),
    `- arn: ${scalar(arn)}`,
    `  username: ${scalar(username)}`,
    `  groups: [${(groups ?? []).map(scalar).join(', ')}]`,
  ];
}

/** Like `otherSection`, for the access entries of a cluster. */
function accessEntrySection({ accessEntries }: Proposal): string[] {
  if (!accessEntries || accessEntries.listed.length === 0) return [];
  return [
    `# Other access entries of cluster ${accessEntries.cluster}. \`diff --strict\` reports anything that this file doesn't list.`,
    "# Remove what doesn't belong in the cluster. This program leaves these entries unchanged.",
    'otherEntries:',
    ...accessEntries.listed.flatMap(accessEntryItem).map(indented),
  ];
}

function accessEntryItem({ entry, reason }: LeftOutAccessEntry): string[] {
  const { principalArn, kubernetesGroups: groups, policies } = entry;
  const by = clusterAdminBy({ groups, policies });
  return [
    `# ${printableComment(reason)}`,
    ...(by === null ? [] : [`# CLUSTER ADMIN through access policy ${printableComment(by)}`]),
    `- arn: ${scalar(withoutPath(principalArn))}`,
    `  username: ${scalar(entryTemplates(entry).username)}`,
    `  groups: [${groups.map(scalar).join(', ')}]`,
    `  policies: [${policies.map(statedPolicyOf).map(policyItem).join(', ')}]`,
  ];
}

function leftOutAccessEntrySection({ accessEntries }: Proposal): string[] {
  if (!accessEntries || accessEntries.dead.length === 0) return [];
  return [
    `# Access entries of cluster ${accessEntries.cluster} that grant no access. \`aws-auth-sso check --cluster\` explains`,
    '# what is wrong with them.',
    ...accessEntries.dead.map(
      ({ entry, reason }) => `#   ${printableComment(`${entry.principalArn} ${reason}`)}`,
    ),
  ];
}

function accountItem(id: string): string {
  return `- account: "${id}" # mapAccounts: everyone in the account has access, without groups`;
}

function leftOutSection({ others: { dead, deadAccounts } }: Proposal, context: StarterContext): string[] {
  const lines = [
    ...dead.map((one) => leftOutLine(one, context)),
    ...deadAccounts.map(
      (id) => `#   account ${printableComment(id)} is an entry of mapAccounts, but not an account ID`,
    ),
  ];
  if (lines.length === 0) return [];
  return [
    `# Entries of ${printableComment(context.mapFile ?? '')} that grant no access. Merge leaves them unchanged; with --prune it`,
    '# removes the Identity Center roles in accounts that it reads. `aws-auth-sso check` explains what is wrong with them.',
    ...lines,
  ];
}

function leftOutLine({ entry, reason }: LeftOutEntry, { lineOf }: StarterContext): string {
  return `#   ${placeOf(lineOf(entry))}${printableComment(`${entry.arn || '(no ARN)'} ${reason}`)}`;
}

function placeOf(line: number | undefined): string {
  return line === undefined ? '' : `line ${line}: `;
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
