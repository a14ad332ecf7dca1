import type { AccessEntry, AccessPolicy } from '../access-entry.ts';
import { printable, shellWord } from '../text.ts';
import type { RenderTarget } from './target.ts';

interface AwsCliTarget extends RenderTarget {
  readonly cluster: string;
}

/**
 * A script for bash 3.2 (that of macOS) and later that makes the access entries of a cluster as described with the AWS CLI. It creates and
 * updates, never deletes, and only reads where nothing differs.
 */
export function renderAwsCli(entries: readonly AccessEntry[], target: AwsCliTarget): string {
  const calls = entries.map((entry) => `\n${entryCalls(entry).join('\n')}\n`);
  return [header(entries, target), settings(target), FUNCTIONS, ...calls, ending(entries.length)].join('');
}

function header(entries: readonly AccessEntry[], { cluster }: AwsCliTarget): string {
  const hasNodes = entries.some(({ type }) => type.startsWith('EC2'));
  return `#!/usr/bin/env bash
# Access entries of the EKS cluster ${printable(cluster)}
#
# Creates the access entries that are missing, updates usernames and groups that differ, and associates
# the access policies that are missing or have another scope. Deletes nothing: other access policies of
# these entries are listed on stderr. Safe to run again: where nothing differs, it only reads.
#
# Needs the AWS CLI, version 1 or 2, and a cluster whose authentication mode is API_AND_CONFIG_MAP or API.
# Permissions to read:  eks:ListAccessEntries, eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies
# Permissions to write: eks:CreateAccessEntry, eks:UpdateAccessEntry, eks:AssociateAccessPolicy${hasNodes ? PASS_ROLE : ''}
#
# Exits with 1 if a call fails, or if an entry has another type, which cannot be changed.
`;
}

/** https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
const PASS_ROLE = `,
#                       and iam:PassRole for the roles of nodes`;

/** The variables, and what calls EKS. */
function settings({ cluster, region }: AwsCliTarget): string {
  const regionOption = region === null ? '' : ` --region ${shellWord(region)}`;
  return String.raw`set -euo pipefail
export AWS_PAGER=''

cluster=${shellWord(cluster)}
tab=$'\t'
newline=$'\n'
subject=$cluster
policies=''
expected=''
is_other_type=no
changes=0
status=0

# eks OPERATION [OPTION...]: calls EKS, and ends the script if that fails.
eks() {
  local operation=$1
  shift
  aws eks "$operation"${regionOption} --cluster-name "$cluster" "$@" || {
    printf 'error: %s: aws eks %s failed\n' "$subject" "$operation" >&2
    exit 1
  }
}
`;
}

/** Without braces around the names of variables, which would be JavaScript's here. */
const FUNCTIONS = String.raw`
changed() {
  printf '%s: %s\n' "$subject" "$1"
  changes=$((changes + 1))
}

# entry ARN TYPE [GROUPS [USERNAME]]: creates or updates an access entry. GROUPS and USERNAME are JSON.
entry() {
  list_other_policies
  local type=$2 fields='' same="type == '$2'" actual_type comparison
  subject=$1
  policies=''
  expected=$newline
  is_other_type=no
  if [[ $# -gt 2 ]]; then
    fields="\"kubernetesGroups\":$3"
    same="$same && sort(kubernetesGroups || \`[]\`) == sort(\`$3\`)"
  fi
  if [[ $# -gt 3 ]]; then
    fields="$fields,\"username\":$4"
    same="$same && username == \`$4\`"
  fi
  if [[ $entries != *"$newline$subject$newline"* ]]; then
    eks create-access-entry --principal-arn "$subject" --type "$type" --cli-input-json "{$fields}" > /dev/null
    changed 'created'
    return
  fi
  comparison=$(eks describe-access-entry --principal-arn "$subject" --output text \
    --query "accessEntry.[type, $same && 'same' || 'different']")
  actual_type=$(cut -f 1 <<< "$comparison")
  if [[ $actual_type != "$type" ]]; then
    printf 'error: %s: the type is %s, not %s, and cannot be changed: delete the access entry, then run this again\n' \
      "$subject" "$actual_type" "$type" >&2
    is_other_type=yes
    status=1
    return
  fi
  if [[ $comparison == *different ]]; then
    eks update-access-entry --principal-arn "$subject" --cli-input-json "{$fields}" > /dev/null
    changed 'updated'
  fi
  [[ $type == STANDARD ]] || return 0
  policies=$newline$(eks list-associated-access-policies --principal-arn "$subject" --output text --query \
    "associatedAccessPolicies[].[policyArn, accessScope.type, join(' ', sort(accessScope.namespaces || \`[]\`))]")
  policies=$policies$newline
}

# policy ARN cluster|namespace [NAMESPACE...]: associates an access policy with the entry before it.
policy() {
  local arn=$1 type=$2 scope="\"type\":\"$2\"" separator='"namespaces":[' namespace
  shift 2
  [[ $is_other_type == no ]] || return 0
  expected=$expected$arn$newline
  [[ $policies != *"$newline$arn$tab$type$tab$*$newline"* ]] || return 0
  for namespace in "$@"; do
    scope="$scope,$separator\"$namespace\""
    separator=''
  done
  [[ $# -eq 0 ]] || scope="$scope]"
  eks associate-access-policy --principal-arn "$subject" --policy-arn "$arn" \
    --cli-input-json "{\"accessScope\":{$scope}}" > /dev/null
  changed "associated $arn"
}

# Lists the access policies that the last entry has besides those of this script.
list_other_policies() {
  local arn
  while IFS=$tab read -r arn _; do
    [[ -z $arn || $expected == *"$newline$arn$newline"* ]] ||
      printf 'warning: %s: also has %s, which is left as it is\n' "$subject" "$arn" >&2
  done <<< "$policies"
}

entries=$newline$(eks list-access-entries --query 'accessEntries[]' --output text | tr '\t' '\n')$newline
`;

function ending(count: number): string {
  return String.raw`
list_other_policies
printf '%s: access entries: ${count}, changes: %s\n' "$cluster" "$changes"
exit "$status"
`;
}

function entryCalls({ principalArn, type, username, kubernetesGroups, policies }: AccessEntry): string[] {
  const call = `entry ${shellWord(principalArn)}`;
  // The types of nodes take no groups and username.
  if (type !== 'STANDARD') return [`${call} ${shellWord(type)}`];
  const fields = [[...new Set(kubernetesGroups)], ...(username === null ? [] : [username])];
  return [`${call} \\`, `  STANDARD ${fields.map(jsonWord).join(' ')}`, ...policies.map(policyCall)];
}

function policyCall({ policyArn, scope }: AccessPolicy): string {
  const namespaces = scope === 'cluster' ? [] : [...new Set(scope.namespaces)].sort();
  const type = scope === 'cluster' ? 'cluster' : 'namespace';
  return ['policy', shellWord(policyArn), type, ...namespaces.map(shellWord)].join(' ');
}

/** JSON as a shell word: in ASCII for any locale, without what a shell expands, and without the backticks that end JSON in a query. */
function jsonWord(value: unknown): string {
  return `'${JSON.stringify(value).replace(/[^ -~]|[$'`]/g, unicodeEscape)}'`;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
