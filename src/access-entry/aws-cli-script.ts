import type { ExistingAccessEntry } from '../directory/model.ts';
import { type AccessEntry, type AccessPolicy, defaultUsername, widestFirst } from '../eks.ts';
import { shellWord, withoutCommands } from '../text.ts';
import { unicodeEscape } from '../yaml/quote.ts';
import apply from './apply.sh?raw';
import { NO_TAGS, type Tags } from './tags.ts';

/** The cluster that a script is for, and what it does apart from its calls. */
export interface ScriptTarget {
  /** The cluster's name, valid for EKS. */
  readonly cluster: string;
  /** The cluster's ARN; null if its account is unknown. */
  readonly arn: string | null;
  /** Null for the default region of the user who runs the script. */
  readonly region: string | null;
  /** Tags of the access entries that it creates. */
  readonly tags?: Tags;
  /** True if the cluster had no access entries: EKS makes its creator's when they are enabled, and no undo knows it. */
  readonly isNew?: boolean;
}

/** Properties of a script's calls. */
interface Needs {
  /** True if `entry` removes the policies in `wrote`. */
  readonly isExact: boolean;
  /** True if it creates entries of EC2 nodes. */
  readonly hasNodes: boolean;
  /** Principals to which aws-auth applies again, because it deletes their entries. */
  readonly uncovered?: readonly string[];
}

/** The parts of `apply.sh`, each with the function for which a script has it. */
const PARTS = apply
  .split('\n#### ')
  .slice(1)
  .map((part) => {
    const [name = '', ...lines] = part.trimEnd().split('\n');
    return { name, text: lines.join('\n') };
  });

/**
 * A script for bash: the parts of `apply.sh` that it needs, then its calls.
 * @param about what it does: lines of comments below its title
 * @param calls of `entry` and `delete_entry`, which run twice: what narrows comes after all that widens
 * @param ends what runs once, after them
 */
export function awsCliScript(
  about: readonly string[],
  calls: readonly string[],
  ends: readonly string[],
  { cluster, arn, region, tags = NO_TAGS, isNew = false }: ScriptTarget,
  needs: Needs,
): string {
  const body = [
    `preflight ${[cluster, arn ?? '', region ?? ''].map(shellWord).join(' ')}\n`,
    tags.size > 0 ? `tags=${jsonWord(Object.fromEntries(tags))}\n` : '',
    needs.uncovered?.length
      ? `before_aws_auth_applies${needs.uncovered.map((arn) => ` \\\n  ${shellWord(arn)}`).join('')}\n`
      : '',
    calls.length > 0 && isNew ? 'is_new=yes\n' : '',
    calls.length > 0 ? `\nwhile next_pass; do${indented(calls.join(''))}done\n` : '',
    ...ends,
    '\nsummary\n',
  ].join('');
  const header = [...about, '', ...requirements(needs, /^ *delete_entry /m.test(body), tags.size > 0)];
  return [
    '#!/usr/bin/env bash\n',
    ...header.map((line) => (line === '' ? '#\n' : `# ${line}\n`)),
    ...PARTS.filter(({ name }) => body.includes(name)).map(({ text }) => `${text}\n\n`),
    body,
  ].join('');
}

/** Lines on requirements, permissions and errors. */
function requirements({ isExact, hasNodes }: Needs, deletes: boolean, hasTags: boolean): string[] {
  const others = [
    ...(isExact ? ['eks:DisassociateAccessPolicy'] : []),
    ...(deletes ? ['eks:DeleteAccessEntry'] : []),
    ...(hasTags ? ['eks:TagResource'] : []),
    // https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
    ...(hasNodes ? ['and iam:PassRole for the node roles'] : []),
  ];
  const more = others.length === 0 ? '' : ',';
  return [
    'Needs the AWS CLI, version 1 or 2, and a cluster with authentication mode API_AND_CONFIG_MAP or API.',
    'Permissions to read:  eks:DescribeCluster, eks:ListAccessEntries, eks:DescribeAccessEntry,',
    '                      eks:ListAssociatedAccessPolicies',
    `Permissions to write: eks:CreateAccessEntry, eks:UpdateAccessEntry, eks:AssociateAccessPolicy${more}`,
    ...(others.length === 0 ? [] : [`                      ${others.join(', ')}`]),
    '',
    'Continues with the next entry if EKS rejects one, or if an existing one must be deleted first: one with',
    "another type, which can't be changed, or one created before its role was re-created, which no update can",
    'fix. Stops if a call fails that would also fail for the others. Exits with 1 in each of these cases.',
    '',
    'First adds what is missing to all entries. Then, unless something failed, removes groups, narrows policies and',
    'changes usernames. Interrupted, it says what is left; run it again to continue.',
  ];
}

/** The time when an access entry was created. */
type Created = Pick<ExistingAccessEntry, 'createdAt'>;

/**
 * The call that creates or corrects an access entry.
 * @param wrote ARNs of policies to remove
 * @param dead an entry older than its role, which has to be deleted first
 */
export function entryCall(entry: AccessEntry, wrote: readonly string[] = [], dead?: Created): string {
  const { principalArn, type, username } = entry;
  const old = dead ? `dead=${timesWord(dead)} ` : '';
  const own =
    type === 'STANDARD' && username === null ? `own=${jsonWord(defaultUsername(principalArn))} ` : '';
  const others = wrote.length === 0 ? '' : `wrote=${shellWord(wrote.join(' '))} `;
  return `${old}${own}${others}entry ${shellWord(principalArn)}${entryWords(entry, username)}`;
}

/** The type, and for people the groups, the username and the policies, the widest first. */
function entryWords({ type, kubernetesGroups, policies }: AccessEntry, username: string | null): string {
  // Node types accept no groups and no username.
  if (type !== 'STANDARD') return ` ${shellWord(type)}`;
  const fields = [[...new Set(kubernetesGroups)], username];
  return ['', `STANDARD ${fields.map(jsonWord).join(' ')}`, ...widestFirst(policies).map(policyWords)].join(
    ' \\\n  ',
  );
}

/**
 * The call that deletes a principal's access entry.
 * @param which `only` the given entry, or any one `except` it; `dead` if `entryCall` follows for the principal
 * @param entry null if there was none
 * @param written the entry as the script to undo writes it: one with anything else is kept
 */
export function deleteCall(
  principalArn: string,
  which: 'only' | 'dead' | 'except',
  entry: Created | null,
  written: AccessEntry | null = null,
): string {
  const call = `delete_entry ${shellWord(principalArn)} ${which} ${entry ? timesWord(entry) : "''"}`;
  return written ? `${call}${entryWords(written, written.username ?? defaultUsername(principalArn))}` : call;
}

/** A pattern for an entry's creation time to the second, in UTC or as seconds since 1970. */
function timesWord({ createdAt }: Created): string {
  const milliseconds = Date.parse(createdAt);
  return shellWord(`${new Date(milliseconds).toISOString().slice(0, 19)}|${Math.floor(milliseconds / 1000)}`);
}

/**
 * The end of a script, which deletes entries.
 * @param what a noun, for a comment
 * @param lines calls and comments
 */
export function deletions(what: string, lines: readonly string[]): string {
  return `
# ${what}, unless something above failed.
if may_delete; then
${indented(lines.join('\n'))}
fi
`;
}

/** The lines of a block. */
function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

/** A policy with its scope in the script's form for existing policies: sorted namespaces. */
function policyWords({ policyArn, scope }: AccessPolicy): string {
  const json =
    scope === 'cluster'
      ? { type: 'cluster' }
      : { type: 'namespace', namespaces: [...new Set(scope.namespaces)].sort() };
  return `${shellWord(policyArn)} ${jsonWord(json)}`;
}

/**
 * JSON as a shell word: ASCII for any locale, without characters that a shell expands, and without backticks, which end
 * JSON in a query.
 */
function jsonWord(value: unknown): string {
  return `'${withoutCommands(JSON.stringify(value)).replace(/[^ -~]|[$'`]/g, unicodeEscape)}'`;
}
