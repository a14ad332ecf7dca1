#!/usr/bin/env bash
# Installs aws-auth-sso for the next steps: the version of this action's tag, unless another is given. Runs no package scripts and
# ignores the repository's .npmrc, because a pull request could have changed it.
set -euo pipefail
# shellcheck source=.github/actions/lists.sh
. "$GITHUB_ACTION_PATH/../lists.sh"

version=$INPUT_VERSION
if [ -z "$version" ]; then
  version=$(node -p 'require(process.argv[1]).version' "$GITHUB_ACTION_PATH/../../../package.json")
fi
if ! [[ $version =~ ^([0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?|file:/.+\.tgz)$ ]]; then
  fail 'version must be exact, such as 1.2.3, or a tarball, file:/…/aws-auth-sso-1.2.3.tgz'
fi
folder=$(mktemp -d "$RUNNER_TEMP/aws-auth-sso.XXXXXX")
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-save --loglevel error "aws-auth-sso@$version"
echo "$folder/node_modules/.bin" >> "$GITHUB_PATH"
