#!/usr/bin/env bash
# shellcheck disable=SC2329 # a printed script calls the functions
# The functions of the scripts that access-entries prints, for bash 3.2 (the version in macOS) and later. After them, a
# script only has calls, such as:
#
#   preflight CLUSTER ARN REGION
#   while next_pass; do
#     entry PRINCIPAL ...
#   done
#   if may_delete; then
#     delete_entry PRINCIPAL ...
#   fi
#   summary
#
# A title starts a part, which a script has only if it calls the function in the title. It lacks this comment and the
# titles.

#### preflight
set -euo pipefail
export AWS_PAGER='' TZ=UTC # for the times that the AWS CLI prints

tab=$'\t'
newline=$'\n'
doing='' # the change that EKS may have made
lacks='' # what the access entry lacks until another change
pass=0
total=0
changes=0
failures=0

eks() {
  aws eks "$@" ${region:+--region "$region"}
}

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

# policies_of_entry: prints the policies of the principal's access entry, each with a tab and its scope.
policies_of_entry() {
  ask list-associated-access-policies --cluster-name "$cluster" --principal-arn "$subject" --query \
    "associatedAccessPolicies[].[policyArn, to_string(accessScope.namespaces &&
      {type: accessScope.type, namespaces: sort(accessScope.namespaces)} || {type: accessScope.type})]"
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

# write OPERATION [OPTION...]: changes the principal's access entry. Returns 1 if EKS rejects this entry;
# stops the script if the call fails for any other reason.
write() {
  local message wait
  doing=$1
  for wait in 1 2 4 8 16 0; do
    message=$({ eks "$@" --cluster-name "$cluster" --principal-arn "$subject" > /dev/null; } 2>&1) && return
    # EKS may not find an access entry that it has just created:
    # https://github.com/hashicorp/terraform-provider-aws/issues/35728
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

# preflight CLUSTER ARN REGION: stops the script if the cluster has another ARN. ARN may be empty, and REGION too: then
# the region is AWS_REGION, AWS_DEFAULT_REGION, or the profile's region.
preflight() {
  local signal
  cluster=$1
  region=$3
  subject=$1
  # Version 1 of the AWS CLI doesn't read AWS_REGION.
  [[ -n $region || -z ${AWS_REGION-} ]] || export AWS_DEFAULT_REGION=$AWS_REGION
  trap left_behind EXIT
  trap '' PIPE
  for signal in HUP INT TERM; do
    # shellcheck disable=SC2064 # the signal of this turn
    trap "error 'interrupted by $signal: run this again to continue'; exit $((128 + $(kill -l "$signal")))" "$signal"
  done
  arn=$(ask describe-cluster --name "$cluster" --query cluster.arn)
  if [[ -n $2 && $arn != "$2" ]]; then
    error "this is $arn, but the script is for $2"
    exit 1
  fi
  printf 'cluster: %s\n' "$arn"
  entries=$newline$(ask list-access-entries --cluster-name "$cluster" --query 'accessEntries[]' | tr '\t' '\n')$newline
}

summary() {
  printf 'access entries: %s, changes: %s, failures: %s\n' "$total" "$changes" "$failures" 2> /dev/null || true
  exit $((failures > 0))
}

#### next_pass
dead=''
own=null
wrote=''
later=$newline
tags='' # JSON, for new entries
is_new='' # yes if the cluster had no access entries: EKS creates one for its creator when it enables them

# next_pass: pass 1 only adds to entries, and notes in later where pass 2 has to remove or rename something. Pass 2 comes
# once all entries are as wide as wanted: otherwise nobody might be left with access.
next_pass() {
  pass=$((pass + 1))
  [[ $pass -gt 1 ]] || return 0
  [[ $pass == 2 && $later != "$newline" ]] || return 1
  [[ $failures -gt 0 ]] || return 0
  printf 'error: %s: removes and renames nothing because of the errors above\n' "$cluster" >&2
  return 1
}

# outside SCOPE OTHER: prints the namespaces of a scope that another scope doesn't cover. Scopes are JSON as the AWS CLI
# prints it; names of namespaces have no characters that it escapes.
outside() {
  local name names pattern patterns
  IFS=, read -r -a names <<< "$(tr -cd 'a-z0-9*,-' <<< "${1#*\[}")"
  IFS=, read -r -a patterns <<< "$(tr -cd 'a-z0-9*,-' <<< "${2#*\[}")"
  for name in "${names[@]}"; do
    for pattern in "${patterns[@]}"; do
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
    printf '%s' "${1%]\}}$more]}"
  fi
}

# read_entry: reads the principal's access entry, for entry. Returns 1 if the access entry must stay as it is.
read_entry() {
  local same=type found created actual_type groups
  if [[ -n $fields ]]; then
    same="sort(kubernetesGroups || \`[]\`) == sort(\`$list\`)"
    [[ $username == null ]] || same="$same && username == \`$username\`"
  fi
  found=$(ask describe-access-entry --cluster-name "$cluster" --principal-arn "$subject" --query \
    "accessEntry.[createdAt, type, $same && 'same' || 'different', kubernetesGroups[0] && 'groups' ||
      (!username || starts_with(username, 'arn:')) && 'bare' || 'none',
      to_string((kubernetesGroups || \`[]\`)[?!contains(\`$list\`, @)]),
      length((kubernetesGroups || \`[]\`)[?contains(\`$list\`, @)]) == length(\`$list\`) && 'none' || 'some',
      username == \`$own\` && 'own' || to_string([username])]") || exit 1
  IFS=$tab read -r created actual_type state groups extra missing name <<< "$found"
  name=${name#\[}
  name=${name%\]}
  [[ $name != own ]] || name=$own
  if [[ -n $dead && $created =~ ^($dead) ]]; then
    error 'the access entry was created before its role was re-created: delete it, then run this again:'
    delete_command >&2
    return 1
  fi
  if [[ $actual_type != "$type" ]]; then
    error "the type is $actual_type, not $type, and can't be changed: delete the access entry, then run this again"
    return 1
  fi
  [[ $type == STANDARD ]] || return 1
  policies=$(policies_of_entry) || exit 1
  if [[ -n $is_new && $state == different && $groups == bare && $policies != *"$newline"* &&
    $policies == *"/AmazonEKSClusterAdminPolicy$tab{\"type\":\"cluster\"}" ]]; then
    printf "warning: %s: left as it is, because EKS has created the entry for the cluster's creator, a cluster admin. To change it, print this script again.\n" \
      "$subject" >&2
    return 1
  fi
  [[ -n $policies || $groups == groups ]] || lacks='no groups and no policies'
}

# names: adds groups in pass 1, and sets groups and username in pass 2, for entry.
names() {
  [[ $state == different ]] || return 0
  if [[ $pass == 2 ]]; then
    write update-access-entry --cli-input-json "{$fields}" || return 1
    changed 'updated'
    return
  fi
  if [[ $missing == some ]]; then
    [[ $extra == '[]' ]] || list="${list%]},${extra#\[}"
    write update-access-entry --cli-input-json "{\"kubernetesGroups\":$list,\"username\":$name}" || return 1
    changed 'updated'
  fi
  [[ $missing == some && $extra == '[]' && $fields == *"\"username\":$name" ]] || later=$later$subject$newline
}

# associate POLICY SCOPE: associates a policy, for entry. In pass 1, the scope also covers what it covered before.
associate() {
  local scope='' wider=$2 existing=$newline$policies$newline
  [[ $existing != *"$newline$1$tab$2$newline"* ]] || return 0
  if [[ $pass == 1 && $existing == *"$newline$1$tab"* ]]; then
    scope=${existing#*"$newline$1$tab"}
    scope=${scope%%"$newline"*}
    wider=$(both "$scope" "$2")
    [[ $wider == "$2" ]] || later=$later$subject$newline
  else
    [[ $pass == 2 || -n $lacks ]] || lacks='some of its policies'
  fi
  [[ $wider != "$scope" ]] || return 0
  write associate-access-policy --policy-arn "$1" --cli-input-json "{\"accessScope\":$wider}" || return 1
  changed "associated $1"
  [[ $lacks != no* ]] || lacks='only some of its policies'
}

# other_policy POLICY: removes a policy that isn't wanted if it is in wrote, in pass 2, for entry.
other_policy() {
  if [[ " $wrote " != *" $1 "* ]]; then
    [[ $pass == 2 ]] || printf 'warning: %s: also keeps %s\n' "$subject" "$1" >&2
  elif [[ $pass == 1 ]]; then
    later=$later$subject$newline
  else
    write disassociate-access-policy --policy-arn "$1" || return 0
    changed "disassociated $1"
  fi
}

# entry PRINCIPAL TYPE [GROUPS USERNAME [POLICY SCOPE]...]: creates or corrects the principal's access entry.
# GROUPS, USERNAME and SCOPE are JSON. If USERNAME is null, EKS sets own='USERNAME' on a new entry, and an existing
# entry keeps its username. dead='TIME|TIME' is the creation time of an access entry that is older than its role, as
# versions 2 and 1 of the AWS CLI print it; an entry with another creation time has replaced it since.
# wrote='POLICY POLICY' are policies to remove; others stay.
entry() {
  local type=$2 list=${3-[]} username=${4-null} fields='' state=same extra missing name='' policies='' policy wanted=''
  subject=$1
  lacks=''
  doing=''
  if [[ $pass == 1 ]]; then total=$((total + 1)); else [[ $later == *"$newline$subject$newline"* ]] || return 0; fi
  [[ $type != STANDARD ]] || fields="\"kubernetesGroups\":$list"
  [[ $username == null ]] || fields="$fields,\"username\":$username"
  if [[ $entries == *"$newline$subject$newline"* ]]; then
    read_entry || return 0
  else
    write create-access-entry --type "$type" --cli-input-json "{$fields}" ${tags:+--tags "$tags"} || return 0
    [[ $# -lt 5 ]] || lacks='no policies'
    [[ $# -lt 5 || $list != '[]' ]] || lacks='no groups and no policies'
    changed 'created'
    [[ $type == STANDARD ]] || return 0
  fi
  # EKS resets a username that an update omits.
  [[ $username != null ]] || fields="$fields,\"username\":$name"
  [[ $pass == 1 ]] || names || return 0
  shift 4
  while [[ $# -gt 0 ]]; do
    wanted="$wanted$newline$1$tab"
    associate "$1" "$2" || return 0
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

#### require_aws_auth
# require_aws_auth: when this was printed, aws-auth applied. Mode API can't be changed back: deleting entries would then
# lock their principals out.
require_aws_auth() {
  local mode
  subject=$cluster
  mode=$(ask describe-cluster --name "$cluster" --query cluster.accessConfig.authenticationMode)
  [[ $mode != API ]] ||
    error 'the authentication mode is API now, and aws-auth is ignored: principals without an access entry have no access'
}

#### before_aws_auth_applies
# before_aws_auth_applies PRINCIPAL...: warns that the script deletes their access entries, which locks them out if
# aws-auth has lost theirs since. On a terminal, asks before anything has changed.
before_aws_auth_applies() {
  local answer='' mode principal uncovered='' when=now
  for principal in "$@"; do
    [[ $entries != *"$newline$principal$newline"* ]] || uncovered="$uncovered  $principal$newline"
  done
  [[ -n $uncovered ]] || return 0
  subject=$cluster
  mode=$(ask describe-cluster --name "$cluster" --query cluster.accessConfig.authenticationMode)
  [[ $mode != API ]] || return 0
  [[ ! -t 0 ]] || when=first
  printf 'warning: %s: this deletes the access entries below, and aws-auth applies again to these principals\n%s  If you have removed their entries from aws-auth, restore them %s.\n' \
    "$cluster" "$uncovered" "$when" >&2
  [[ -t 0 ]] || return 0
  read -r -p 'Continue? (y/N) ' answer || true
  [[ $answer == [yY]* ]] || exit 1
}

#### may_delete
# may_delete: deletions come once all others are as wanted: otherwise nobody might be left with access.
may_delete() {
  [[ $failures -gt 0 ]] || return 0
  printf 'error: %s: deletes no access entries because of the errors above\n' "$cluster" >&2
  return 1
}

#### delete_entry
# delete_entry PRINCIPAL only|dead|except TIMES [TYPE GROUPS USERNAME [POLICY SCOPE]...]: deletes the principal's access
# entry, if there is one: only one that was created at TIMES (as in dead=), or any other one. TIMES may be empty. After
# dead, a call of entry follows. With TYPE, only an entry that has nothing else.
delete_entry() {
  local found created type state=same same=type which=except mode=$2 policies policy scope others=''
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
      policies=$(policies_of_entry)
      while IFS=$tab read -r policy scope; do
        [[ " ${*:7} " == *" $policy $scope "* ]] || others=$policy
      done <<< "$policies"
    fi
    if [[ $state == different || -n $others ]]; then
      printf 'warning: %s: keeps its access entry, which has more than the other script writes. To delete it:\n' \
        "$subject" >&2
      delete_command >&2
      return 0
    fi
  fi
  write delete-access-entry || return 0
  entries=${entries/"$newline$subject$newline"/$newline}
  changed 'deleted'
}
