#!/usr/bin/env bash
# Compares the file or cluster in the action's inputs with the config, and reports whether anything differs.
set -euo pipefail
# shellcheck source=.github/actions/lists.sh
. "$GITHUB_ACTION_PATH/../lists.sh"

case $INPUT_FAIL_ON_DRIFT in
  true | false) ;;
  *) fail 'fail-on-drift must be true or false' ;;
esac
case $INPUT_STRICT in
  true) arguments+=(--strict) ;;
  false) ;;
  *) fail 'strict must be true or false' ;;
esac
if [ -n "$INPUT_FILE" ] && [ -n "$INPUT_CLUSTER" ]; then
  fail 'use either file or cluster: for both, use this action twice'
fi
# Rejects stdin, too: an empty stdin counts as a ConfigMap that doesn't exist yet.
if [ "$INPUT_FILE" = - ] || [ -z "$INPUT_FILE$INPUT_CLUSTER" ]; then
  fail 'file must name the ConfigMap, or cluster the EKS cluster'
fi
add_option --cluster "$INPUT_CLUSTER"
add_option --config "$INPUT_CONFIG"
add_option --inventory "$INPUT_INVENTORY"
add_arguments "$INPUT_ARGUMENTS"

status=0
aws-auth-sso diff -o github ${arguments[@]+"${arguments[@]}"} ${INPUT_FILE:+-- "$INPUT_FILE"} || status=$?
case $status in
  0) echo changed=false >> "$GITHUB_OUTPUT" ;;
  1) echo changed=true >> "$GITHUB_OUTPUT" ;;
  *) exit "$status" ;;
esac
if [ "$INPUT_FAIL_ON_DRIFT" = true ]; then exit "$status"; fi
