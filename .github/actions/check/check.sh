#!/usr/bin/env bash
# Checks the files in the action's inputs and counts the findings.
set -euo pipefail
# shellcheck source=.github/actions/lists.sh
. "$GITHUB_ACTION_PATH/../lists.sh"

add_option --inventory "$INPUT_INVENTORY"
add_option --rbac "$INPUT_RBAC"
add_arguments "$INPUT_ARGUMENTS" --fix --fix-access --diff --write --list-rules
add_files "$INPUT_FILES"

status=0
log=$(mktemp "$RUNNER_TEMP/check.XXXXXX")
# If a file cannot be read, findings in the others go to stderr; the runner reads annotations in both.
aws-auth-sso check -o github ${arguments[@]+"${arguments[@]}"} -- "${files[@]}" > "$log" 2>&1 || status=$?
cat "$log"
{
  echo "errors=$(grep -c '^::error ' "$log" || true)"
  echo "warnings=$(grep -c '^::warning ' "$log" || true)"
} >> "$GITHUB_OUTPUT"
exit "$status"
