import { type AccessEntry, type AccessPolicy, defaultUsername } from '../access-entry.ts';
import type { ExistingAccessEntry } from '../inventory/model.ts';
import { shellWord, withoutCommands } from '../text.ts';
import { unicodeEscape } from '../yaml/quote.ts';
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
}

/** Properties of a script's calls. */
interface Needs {
  /** True if `entry` is called. */
  readonly creates: boolean;
  /** True if `entry` removes other policies instead of warning about them. */
  readonly isExact: boolean;
  /** True if `delete_entry` is called. */
  readonly deletes: boolean;
  /** True if it creates entries of EC2 nodes. */
  readonly hasNodes: boolean;
}

/**
 * A script for bash 3.2 (the version in macOS) and later.
 * @param about what it does: lines of comments below its title
 * @param calls of its functions `entry` and `delete_entry`
 */
export function awsCliScript(
  about: readonly string[],
  calls: readonly string[],
  target: ScriptTarget,
  needs: Needs,
): string {
  const { creates, isExact, deletes } = needs;
  const hasTags = target.tags !== undefined && target.tags.size > 0;
  const otherPolicy = isExact ? REMOVE_OTHER_POLICY : KEEP_OTHER_POLICY;
  const functions = [
    BASIC,
    ...(creates ? [createFunction(hasTags), otherPolicy, ENTRY] : []),
    ...(deletes ? [DELETE_ENTRY] : []),
  ];
  const header = [
    '#!/usr/bin/env bash',
    ...[...about, '', ...requirements(needs, hasTags)].map((line) => (line === '' ? '#' : `# ${line}`)),
    '',
  ].join('\n');
  return [header, settings(target, needs), ...functions, START, ...calls, END].join('');
}

/** Lines on requirements, permissions and errors. */
function requirements({ isExact, deletes, hasNodes }: Needs, hasTags: boolean): string[] {
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
  ];
}

/** The variables, and the function that calls EKS. */
function settings({ cluster, arn, region, tags = NO_TAGS }: ScriptTarget, { creates }: Needs): string {
  const regionOption = region === null ? '' : ` --region ${shellWord(region)}`;
  const tagsVariable = tags.size === 0 ? '' : `tags=${jsonWord(Object.fromEntries(tags))}\n`;
  return String.raw`set -euo pipefail
export AWS_PAGER='' TZ=UTC # for the times that the AWS CLI prints
${region === null ? DEFAULT_REGION : ''}
cluster=${shellWord(cluster)}
expected_arn=${shellWord(arn ?? '')}
${creates ? TAB : ''}newline=$'\n'
subject=$cluster
lacks=''
${creates ? ENTRY_VARIABLES : ''}${tagsVariable}total=0
changes=0
failures=0

eks() {
  aws eks "$@"${regionOption}
}
`;
}

const TAB = String.raw`tab=$'\t'
`;
const ENTRY_VARIABLES = `dead=''
own=null
`;

const DEFAULT_REGION = `# The region is AWS_REGION (which version 1 does not read), AWS_DEFAULT_REGION, or the profile's region.
[[ -z \${AWS_REGION-} ]] || export AWS_DEFAULT_REGION=$AWS_REGION
`;

/**
 * EKS may not find an entry it has just created: https://github.com/hashicorp/terraform-provider-aws/issues/35728.
 * Variables have braces only if bash needs them, because JavaScript would interpolate them here.
 */
const BASIC = String.raw`
error() {
  printf 'error: %s: %s\n' "$subject" "$1" >&2
  failures=$((failures + 1))
}

changed() {
  printf '%s: %s\n' "$subject" "$1"
  changes=$((changes + 1))
}

delete_command() {
  printf '  aws eks delete-access-entry --cluster-name %s --principal-arn %q --region %s\n' \
    "$cluster" "$subject" "$(cut -d : -f 4 <<< "$arn")"
}

# ask OPERATION [OPTION...]: reads, and stops the script if that fails.
ask() {
  eks "$@" --output text || {
    error "aws eks $1 failed"
    exit 1
  }
}

# Errors after which EKS has created nothing.
refusal='An error occurred \((Access|Bad|Expired|Incomplete|Invalid|Missing|NotAuthorized|Opt|Resource(Limit|NotFound)|Signature|Throttl|TooMany|Unauthorized|Unrecognized|Validation)'

# write OPERATION [OPTION...]: changes the principal's access entry. Returns 1 if EKS rejects this entry;
# stops the script if the call fails for any other reason.
write() {
  local message wait
  for wait in 1 2 4 8 16 0; do
    message=$({ eks "$@" --cluster-name "$cluster" --principal-arn "$subject" > /dev/null; } 2>&1) && return
    # EKS may not find an access entry that it has just created.
    [[ $wait != 0 && -n $lacks && $message == *'(ResourceNotFoundException)'*principalArn* ]] || break
    sleep "$wait"
  done
  printf '%s\n' "$message" >&2
  error "aws eks $1 failed"
  if [[ $1 == create-access-entry && ! $message =~ $refusal ]]; then
    printf 'The access entry may exist anyway. If so, it overrides aws-auth and has no policies yet. Run this again to\ncontinue from there, or delete it:\n'
    delete_command
  fi >&2
  if [[ -n $lacks ]]; then
    printf 'The access entry exists: it overrides aws-auth and has %s. Fix the error and run this again, or delete the entry:\n' "$lacks"
    delete_command
  fi >&2
  [[ $message == *'(InvalidParameterException)'* || $message == *'(ResourceInUseException)'* ||
    $message == *iam:PassRole* ]] || exit 1
  return 1
}

`;

const ENTRY = String.raw`# entry PRINCIPAL TYPE [GROUPS USERNAME [POLICY SCOPE]...]: creates or corrects the principal's access entry.
# GROUPS, USERNAME and SCOPE are JSON. If USERNAME is null, EKS sets own='USERNAME' on a new entry, and an existing
# entry keeps its username. dead='TIME|TIME' is the creation time of an access entry that is older than its role, as
# versions 2 and 1 of the AWS CLI print it; an entry with another creation time has replaced it since.
entry() {
  local type=$2 fields='' same=type created actual_type state=same groups name='' policies='' wanted policy
  subject=$1
  lacks=''
  total=$((total + 1))
  shift 2
  if [[ $# -gt 0 ]]; then
    fields="\"kubernetesGroups\":$1"
    same="sort(kubernetesGroups || \`[]\`) == sort(\`$1\`)"
    if [[ $2 != null ]]; then
      fields="$fields,\"username\":$2"
      same="$same && username == \`$2\`"
    fi
  fi
  if [[ $entries == *"$newline$subject$newline"* ]]; then
    found=$(ask describe-access-entry --cluster-name "$cluster" --principal-arn "$subject" --query \
      "accessEntry.[createdAt, type, $same && 'same' || 'different', kubernetesGroups[0] && 'groups' || 'none',
        username == \`$own\` && 'own' || to_string([username])]")
    IFS=$tab read -r created actual_type state groups name <<< "$found"
    name=${'$'}{name#\[}
    name=${'$'}{name%\]}
    [[ $name != own ]] || name=$own
    if [[ -n $dead && $created =~ ^($dead) ]]; then
      error 'the access entry was created before its role was re-created: delete it, then run this again:'
      delete_command >&2
      return
    fi
    if [[ $actual_type != "$type" ]]; then
      error "the type is $actual_type, not $type, and can't be changed: delete the access entry, then run this again"
      return
    fi
    [[ $type == STANDARD ]] || return 0
    policies=$(ask list-associated-access-policies --cluster-name "$cluster" --principal-arn "$subject" --query \
      "associatedAccessPolicies[].[policyArn, to_string(accessScope.namespaces &&
        {type: accessScope.type, namespaces: sort(accessScope.namespaces)} || {type: accessScope.type})]")
    [[ -n $policies || $groups != none ]] || lacks='no groups and no policies'
  else
    create --type "$type" --cli-input-json "{$fields}" || return 0
    changed 'created'
    [[ $type == STANDARD ]] || return 0
    lacks='no policies'
    [[ $1 != '[]' ]] || lacks='no groups and no policies'
  fi
  shift 2
  wanted=$*
  while [[ $# -gt 0 ]]; do
    if [[ $newline$policies$newline != *"$newline$1$tab$2$newline"* ]]; then
      write associate-access-policy --policy-arn "$1" --cli-input-json "{\"accessScope\":$2}" || return 0
      lacks=''
      changed "associated $1"
    fi
    shift 2
  done
  if [[ $state == different ]]; then
    # EKS resets a username that an update omits.
    [[ $fields == *\"username\":* ]] || fields="$fields,\"username\":$name"
    write update-access-entry --cli-input-json "{$fields}" || return 0
    changed 'updated'
  fi
  [[ $own == null || -z $name || $name == "$own" ]] ||
    printf 'warning: %s: keeps its username %s\n' "$subject" "$name" >&2
  while IFS=$tab read -r policy _; do
    [[ -z $policy || " $wanted " == *" $policy "* ]] || other_policy "$policy"
  done <<< "$policies"
}

`;

/** Creates an access entry; `tags` is a variable of the script. */
function createFunction(hasTags: boolean): string {
  return `create() {
  write create-access-entry "$@"${hasTags ? ' --tags "$tags"' : ''}
}

`;
}

const KEEP_OTHER_POLICY = String.raw`other_policy() {
  printf 'warning: %s: also keeps %s\n' "$subject" "$1" >&2
}

`;

const REMOVE_OTHER_POLICY = `other_policy() {
  write disassociate-access-policy --policy-arn "$1" || return 0
  changed "disassociated $1"
}

`;

const DELETE_ENTRY = String.raw`# delete_entry PRINCIPAL only|dead|except TIMES: deletes the principal's access entry, if there is one: only one that
# was created at TIMES (as in dead=), or any other one. TIMES may be empty. After dead, a call of entry follows.
delete_entry() {
  local created which=except mode=$2
  subject=$1
  lacks=''
  if [[ $mode == dead ]]; then mode=only; else total=$((total + 1)); fi
  [[ $entries == *"$newline$subject$newline"* ]] || return 0
  created=$(ask describe-access-entry --cluster-name "$cluster" --principal-arn "$subject" \
    --query accessEntry.createdAt)
  [[ -z $3 || ! $created =~ ^($3) ]] || which=only
  if [[ $which != "$mode" ]]; then
    [[ $2 != only ]] ||
      printf 'warning: %s: keeps its access entry, which was created after this script was written\n' "$subject" >&2
    return 0
  fi
  write delete-access-entry || return 0
  entries=${'$'}{entries/"$newline$subject$newline"/$newline}
  changed 'deleted'
}

`;

const START = String.raw`arn=$(ask describe-cluster --name "$cluster" --query cluster.arn)
if [[ -n $expected_arn && $arn != "$expected_arn" ]]; then
  error "this is $arn, but the script is for $expected_arn"
  exit 1
fi
printf 'cluster: %s\n' "$arn"
entries=$newline$(ask list-access-entries --cluster-name "$cluster" --query 'accessEntries[]' | tr '\t' '\n')$newline
`;

const END = String.raw`
printf 'access entries: %s, changes: %s, failures: %s\n' "$total" "$changes" "$failures"
exit $((failures > 0))
`;

/** A pattern for an entry's creation time to the second, in UTC or as seconds since 1970. */
export function timesOf({ createdAt }: Pick<ExistingAccessEntry, 'createdAt'>): string {
  const milliseconds = Date.parse(createdAt);
  return `${new Date(milliseconds).toISOString().slice(0, 19)}|${Math.floor(milliseconds / 1000)}`;
}

/** The call that creates or corrects an access entry. */
export function entryCall({ principalArn, type, username, kubernetesGroups, policies }: AccessEntry): string {
  const call = `entry ${shellWord(principalArn)}`;
  // Node types accept no groups and no username.
  if (type !== 'STANDARD') return `${call} ${shellWord(type)}`;
  const fields = [[...new Set(kubernetesGroups)], username];
  const words = [`STANDARD ${fields.map(jsonWord).join(' ')}`, ...policies.map(policyWords)];
  const own = username === null ? `own=${jsonWord(defaultUsername(principalArn))} ` : '';
  return [`${own}${call}`, ...words].join(' \\\n  ');
}

/**
 * The call that deletes a principal's access entry.
 * @param which `only` the given entry, or any one `except` it; `dead` if `entryCall` follows for the principal
 * @param entry null if there was none
 */
export function deleteCall(
  principalArn: string,
  which: 'only' | 'dead' | 'except',
  entry: Pick<ExistingAccessEntry, 'createdAt'> | null,
): string {
  return `delete_entry ${shellWord(principalArn)} ${which} ${shellWord(entry ? timesOf(entry) : '')}`;
}

/**
 * The end of a script, which deletes entries once all others are as wanted: otherwise nobody might be left with access.
 * @param what a noun, for a comment
 * @param lines calls and comments
 */
export function deletions(what: string, lines: readonly string[]): string {
  return `
# ${what}, unless something above failed.
if [[ $failures == 0 ]]; then
${lines.map((line) => `  ${line}`).join('\n')}
else
  printf 'error: %s: deletes no access entries because of the errors above\\n' "$cluster" >&2
fi
`;
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
