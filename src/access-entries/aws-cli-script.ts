import { type AccessEntry, type AccessPolicy, defaultUsername, widestFirst } from '../access-entry.ts';
import { CLUSTER_ADMIN_POLICY } from '../access-policy-names.ts';
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
  /** True if the cluster had no access entries: EKS makes its creator's when they are enabled, and no undo knows it. */
  readonly isNew?: boolean;
}

/** Properties of a script's calls. */
interface Needs {
  /** True if `entry` is called. */
  readonly creates: boolean;
  /** True if `entry` removes the policies in `wrote`. */
  readonly isExact: boolean;
  /** True if `delete_entry` is called. */
  readonly deletes: boolean;
  /** True if it creates entries of EC2 nodes. */
  readonly hasNodes: boolean;
}

/**
 * A script for bash 3.2 (the version in macOS) and later.
 * @param about what it does: lines of comments below its title
 * @param calls of its functions `entry` and `delete_entry`, which run twice: what narrows comes after all that widens
 * @param ends what runs once, after them
 */
export function awsCliScript(
  about: readonly string[],
  calls: readonly string[],
  ends: readonly string[],
  target: ScriptTarget,
  needs: Needs,
): string {
  const { creates, isExact, deletes } = needs;
  const hasTags = target.tags !== undefined && target.tags.size > 0;
  const functions = [
    BASIC,
    ...(creates ? [createFunction(hasTags), otherPolicyFunction(isExact), SCOPES, ENTRY] : []),
    ...(deletes ? [DELETE_ENTRY] : []),
  ];
  const header = [
    '#!/usr/bin/env bash',
    ...[...about, '', ...requirements(needs, hasTags)].map((line) => (line === '' ? '#' : `# ${line}`)),
    '',
  ].join('\n');
  const passes = calls.length === 0 ? [] : [`\nall() {${indented(calls.join(''))}}\n`, PASSES];
  return [header, settings(target, needs), ...functions, START, ...passes, ...ends, END].join('');
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
    '',
    'First adds what is missing to all entries. Then, unless something failed, removes groups, narrows scopes and',
    'changes usernames. Interrupted, it says what is left; run it again to continue.',
  ];
}

/** The variables, and the function that calls EKS. */
function settings(
  { cluster, arn, region, tags = NO_TAGS, isNew = false }: ScriptTarget,
  { creates, isExact }: Needs,
): string {
  const regionOption = region === null ? '' : ` --region ${shellWord(region)}`;
  const tagsVariable = tags.size === 0 ? '' : `tags=${jsonWord(Object.fromEntries(tags))}\n`;
  return String.raw`set -euo pipefail
export AWS_PAGER='' TZ=UTC # for the times that the AWS CLI prints
${region === null ? DEFAULT_REGION : ''}
cluster=${shellWord(cluster)}
expected_arn=${shellWord(arn ?? '')}
tab=$'\t'
newline=$'\n'
subject=$cluster
doing=''
lacks=''
pass=1
${creates ? `${ENTRY_VARIABLES}creator=${isNew ? CREATOR_POLICY : "''"}\n` : ''}${creates && isExact ? "wrote=''\n" : ''}${tagsVariable}total=0
changes=0
failures=0

eks() {
  aws eks "$@"${regionOption}
}
`;
}

const ENTRY_VARIABLES = `dead=''
own=null
later=$newline
`;

/** The one policy of the cluster's creator. */
const CREATOR_POLICY = String.raw`$'${CLUSTER_ADMIN_POLICY}\t{"type":"cluster"}'`;

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
  doing=''
  printf '%s: %s\n' "$subject" "$1" 2> /dev/null || true # stdout may be closed
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

# left_behind: says what a failed or interrupted change leaves.
left_behind() {
  if [[ $doing == create-access-entry ]]; then
    printf 'The access entry may exist anyway. If so, it overrides aws-auth and has no policies yet. Run this again to\ncontinue from there, or delete it:\n'
    delete_command
  elif [[ $lacks == some* ]]; then
    printf 'The access entry overrides aws-auth and lacks %s. Fix the error and run this again.\n' "$lacks"
  elif [[ -n $lacks ]]; then
    printf 'The access entry exists: it overrides aws-auth and has %s. Fix the error and run this again, or delete the entry:\n' "$lacks"
    delete_command
  fi >&2
  doing=''
  lacks=''
}

trap left_behind EXIT
trap '' PIPE
for signal in HUP INT TERM; do
  # shellcheck disable=SC2064 # the signal of this turn
  trap "error 'interrupted by $signal: run this again to continue'; exit $((128 + $(kill -l "$signal")))" "$signal"
done

# write OPERATION [OPTION...]: changes the principal's access entry. Returns 1 if EKS rejects this entry;
# stops the script if the call fails for any other reason.
write() {
  local message wait
  doing=$1
  for wait in 1 2 4 8 16 0; do
    message=$({ eks "$@" --cluster-name "$cluster" --principal-arn "$subject" > /dev/null; } 2>&1) && return
    # EKS may not find an access entry that it has just created.
    [[ $wait != 0 && $lacks == [no]* && $message == *'(ResourceNotFoundException)'*principalArn* ]] || break
    sleep "$wait"
  done
  printf '%s\n' "$message" >&2
  error "aws eks $1 failed"
  [[ ! $message =~ $refusal ]] || doing=''
  left_behind
  [[ $message == *'(InvalidParameterException)'* || $message == *'(ResourceInUseException)'* ||
    $message == *iam:PassRole* ]] || exit 1
  return 1
}

`;

/** Scopes are JSON as the AWS CLI prints it. Names of namespaces have no characters that it escapes. */
const SCOPES = String.raw`# outside SCOPE OTHER: prints the namespaces of a scope that another scope doesn't cover.
outside() {
  local name names pattern patterns
  IFS=, read -r -a names <<< "$(tr -cd 'a-z0-9*,-' <<< "${'$'}{1#*\[}")"
  IFS=, read -r -a patterns <<< "$(tr -cd 'a-z0-9*,-' <<< "${'$'}{2#*\[}")"
  for name in "${'$'}{names[@]}"; do
    for pattern in "${'$'}{patterns[@]}"; do
      # shellcheck disable=SC2053 # a pattern
      [[ $name != $pattern ]] || continue 2
    done
    printf ',"%s"' "$name"
  done
}

# both SCOPE OTHER: prints a scope that covers two: one of them, if it covers the other.
both() {
  local more
  if [[ $1$2 == *'"type":"cluster"'* ]]; then
    printf '{"type":"cluster"}'
  elif more=$(outside "$1" "$2") && [[ -z $more ]]; then
    printf '%s' "$2"
  else
    more=$(outside "$2" "$1")
    printf '%s' "${'$'}{1%]\}}$more]}"
  fi
}

`;

const ENTRY = String.raw`# names: adds groups in pass 1, and sets groups and username in pass 2, for entry.
names() {
  [[ $state == different ]] || return 0
  if [[ $pass == 2 ]]; then
    write update-access-entry --cli-input-json "{$fields}" || return 1
    changed 'updated'
    return
  fi
  if [[ $missing == some ]]; then
    [[ $extra == '[]' ]] || list="${'$'}{list%]},${'$'}{extra#\[}"
    write update-access-entry --cli-input-json "{\"kubernetesGroups\":$list,\"username\":$name}" || return 1
    changed 'updated'
  fi
  [[ $missing == some && $extra == '[]' && $fields == *"\"username\":$name" ]] || later=$later$subject$newline
}

# entry PRINCIPAL TYPE [GROUPS USERNAME [POLICY SCOPE]...]: creates or corrects the principal's access entry.
# GROUPS, USERNAME and SCOPE are JSON. If USERNAME is null, EKS sets own='USERNAME' on a new entry, and an existing
# entry keeps its username. dead='TIME|TIME' is the creation time of an access entry that is older than its role, as
# versions 2 and 1 of the AWS CLI print it; an entry with another creation time has replaced it since.
# Called twice: pass 1 only adds to an entry, and notes in later what pass 2 has to remove or rename.
entry() {
  local type=$2 fields='' same=type created actual_type state=same groups extra missing name='' policies='' policy
  local wanted='' scope wider list=${'$'}{3-[]}
  subject=$1
  lacks=''
  doing=''
  if [[ $pass == 1 ]]; then total=$((total + 1)); else [[ $later == *"$newline$subject$newline"* ]] || return 0; fi
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
      "accessEntry.[createdAt, type, $same && 'same' || 'different', kubernetesGroups[0] && 'groups' ||
        (!username || starts_with(username, 'arn:')) && 'bare' || 'none',
        to_string((kubernetesGroups || \`[]\`)[?!contains(\`$list\`, @)]),
        length((kubernetesGroups || \`[]\`)[?contains(\`$list\`, @)]) == length(\`$list\`) && 'none' || 'some',
        username == \`$own\` && 'own' || to_string([username])]")
    IFS=$tab read -r created actual_type state groups extra missing name <<< "$found"
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
    if [[ -n $creator && $state == different && $groups == bare && ${'$'}{policies##*/} == "$creator" && $policies != *"$newline"* ]]; then
      printf "warning: %s: left as it is, because EKS has created the entry for the cluster's creator, a cluster admin. To change it, print this script again.\n" \
        "$subject" >&2
      return
    fi
    [[ -n $policies || $groups == groups ]] || lacks='no groups and no policies'
  else
    create --type "$type" --cli-input-json "{$fields}" || return 0
    [[ $# -lt 3 ]] || lacks='no policies'
    [[ $# -lt 3 || $1 != '[]' ]] || lacks='no groups and no policies'
    changed 'created'
    [[ $type == STANDARD ]] || return 0
  fi
  # EKS resets a username that an update omits.
  [[ $fields == *\"username\":* ]] || fields="$fields,\"username\":$name"
  [[ $pass == 1 ]] || names || return 0
  shift 2
  while [[ $# -gt 0 ]]; do
    wanted="$wanted$newline$1$tab$2"
    scope=$newline$policies$newline
    if [[ $scope != *"$newline$1$tab$2$newline"* ]]; then
      wider=$2
      if [[ $pass == 1 && $scope == *"$newline$1$tab"* ]]; then
        scope=${'$'}{scope#*"$newline$1$tab"}
        scope=${'$'}{scope%%"$newline"*}
        wider=$(both "$scope" "$2")
        [[ $wider == "$2" ]] || later=$later$subject$newline
      else
        scope=''
        [[ $pass == 2 || -n $lacks ]] || lacks='some of its policies'
      fi
      if [[ $wider != "$scope" ]]; then
        write associate-access-policy --policy-arn "$1" --cli-input-json "{\"accessScope\":$wider}" || return 0
        changed "associated $1"
        [[ $lacks != no* ]] || lacks='only some of its policies'
      fi
    fi
    shift 2
  done
  lacks=''
  [[ $pass == 2 ]] || names || return 0
  [[ $pass == 2 || $own == null || -z $name || $name == "$own" ]] ||
    printf 'warning: %s: keeps its username %s\n' "$subject" "$name" >&2
  while IFS=$tab read -r policy _; do
    [[ -z $policy || $wanted == *"$newline$policy$tab"* ]] || other_policy "$policy"
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

/** Decides about a policy that isn't wanted; `wrote` is a variable of the script. */
function otherPolicyFunction(isExact: boolean): string {
  const removal = `  if [[ " $wrote " == *" $1 "* ]]; then
    if [[ $pass == 1 ]]; then
      later=$later$subject$newline
    else
      write disassociate-access-policy --policy-arn "$1" || return 0
      changed "disassociated $1"
    fi
    return
  fi
`;
  return `other_policy() {
${isExact ? removal : ''}  [[ $pass == 2 ]] || printf 'warning: %s: also keeps %s\\n' "$subject" "$1" >&2
}

`;
}

const DELETE_ENTRY = String.raw`# delete_entry PRINCIPAL only|dead|except TIMES [TYPE GROUPS USERNAME [POLICY SCOPE]...]: deletes the principal's access
# entry, if there is one: only one that was created at TIMES (as in dead=), or any other one. TIMES may be empty. After
# dead, a call of entry follows. With TYPE, only an entry that has nothing else.
delete_entry() {
  local created state=same same=type which=except mode=$2 policies='' policy scope others=''
  subject=$1
  lacks=''
  doing=''
  if [[ $mode == dead ]]; then
    [[ $pass == 1 ]] || return 0
    mode=only
  else
    total=$((total + 1))
  fi
  [[ $entries == *"$newline$subject$newline"* ]] || return 0
  [[ $# -lt 5 ]] || same="sort(kubernetesGroups || \`[]\`) == sort(\`$5\`) && username == \`$6\`"
  found=$(ask describe-access-entry --cluster-name "$cluster" --principal-arn "$subject" \
    --query "accessEntry.[createdAt, type, $same && 'same' || 'different']")
  IFS=$tab read -r created type state <<< "$found"
  [[ -z $3 || ! $created =~ ^($3) ]] || which=only
  if [[ $which != "$mode" ]]; then
    [[ $2 != only ]] ||
      printf 'warning: %s: keeps its access entry, which was created after this script was written\n' "$subject" >&2
    return 0
  fi
  if [[ $# -gt 3 ]]; then
    [[ $type == "$4" ]] || state=different
    if [[ $type == STANDARD ]]; then
      policies=$(ask list-associated-access-policies --cluster-name "$cluster" --principal-arn "$subject" --query \
        "associatedAccessPolicies[].[policyArn, to_string(accessScope.namespaces &&
          {type: accessScope.type, namespaces: sort(accessScope.namespaces)} || {type: accessScope.type})]")
      while IFS=$tab read -r policy scope; do
        [[ " ${'$'}{*:7} " == *" $policy $scope "* ]] || others=$policy
      done <<< "$policies"
    fi
    if [[ $state == different || -n $others ]]; then
      printf 'warning: %s: keeps its access entry, which has more than the other script writes. To delete it:\n' "$subject" >&2
      delete_command >&2
      return 0
    fi
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

/** Narrows once everything is as wide as wanted: otherwise nobody might be left with access. */
const PASSES = String.raw`
all
if [[ $later != "$newline" ]]; then
  if [[ $failures == 0 ]]; then
    pass=2
    all
  else
    printf 'error: %s: removes and renames nothing because of the errors above\n' "$cluster" >&2
  fi
fi
`;

const END = String.raw`
printf 'access entries: %s, changes: %s, failures: %s\n' "$total" "$changes" "$failures" 2> /dev/null || true
exit $((failures > 0))
`;

/** A pattern for an entry's creation time to the second, in UTC or as seconds since 1970. */
export function timesOf({ createdAt }: Pick<ExistingAccessEntry, 'createdAt'>): string {
  const milliseconds = Date.parse(createdAt);
  return `${new Date(milliseconds).toISOString().slice(0, 19)}|${Math.floor(milliseconds / 1000)}`;
}

/**
 * The call that creates or corrects an access entry.
 * @param wrote ARNs of policies to remove
 */
export function entryCall(entry: AccessEntry, wrote: readonly string[] = []): string {
  const { principalArn, type, username } = entry;
  const own =
    type === 'STANDARD' && username === null ? `own=${jsonWord(defaultUsername(principalArn))} ` : '';
  const others = wrote.length === 0 ? '' : `wrote=${shellWord(wrote.join(' '))} `;
  return `${own}${others}entry ${shellWord(principalArn)}${entryWords(entry, username)}`;
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
  entry: Pick<ExistingAccessEntry, 'createdAt'> | null,
  written: AccessEntry | null = null,
): string {
  const call = `delete_entry ${shellWord(principalArn)} ${which} ${shellWord(entry ? timesOf(entry) : '')}`;
  return written ? `${call}${entryWords(written, written.username ?? defaultUsername(principalArn))}` : call;
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
${indented(lines.join('\n'))}
else
  printf 'error: %s: deletes no access entries because of the errors above\\n' "$cluster" >&2
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
