import { groupBy } from '../group-by.ts';
import { COMMANDS } from './command-table.ts';

/** What the program calls itself; the name may be `kubectl aws-auth-sso`. */
export interface ProgramName {
  readonly name: string;
  readonly version: string;
}

/** The options of the program itself. */
export const OPTIONS = [
  ['-V, --version', 'output the version number'],
  ['-h, --help', 'display help for command'],
] as const;

type Row = readonly [term: string, text: string];

/** The help of the program; each command has its own. */
export function programHelp(name: string): string {
  const purposes = groupBy(COMMANDS, ({ purpose }) => purpose);
  const groups = [...purposes].map(([purpose, commands]): readonly [string, readonly Row[]] => [
    purpose,
    commands.map((command): Row => [command.name, command.summary]),
  ]);
  const width = Math.max(...[...groups.flatMap(([, rows]) => rows), ...OPTIONS].map(([term]) => term.length));
  return `Usage: ${name} [options] [command]

Resolves IAM Identity Center permission sets into the aws-auth ConfigMap of an
EKS cluster. Reads AWS and writes text: it never talks to a cluster.

${groups.map(([purpose, rows]) => `${purpose}:\n${linesOf(rows, width)}\n`).join('\n')}
Options:
${linesOf(OPTIONS, width)}

Exit codes:
  0    success, no differences
  1    success, but diff found differences, check found errors, or the caller
       of explain does not get in
  2    invalid usage or input, or an unsafe change refused
  3    an AWS call or file I/O failed
  4    internal error (a bug)
  130  interrupted

"${name} COMMAND --help" shows examples and all options of a command.
The pages: README.md, docs/config.md (mappings, selectors), docs/recipes.md
(clusters, Git, CI), docs/permissions.md (AWS), docs/troubleshooting.md.
`;
}

function linesOf(rows: readonly Row[], width: number): string {
  return rows.map(([term, text]) => `  ${term.padEnd(width)}  ${text}`).join('\n');
}

/** The examples of a command, as somebody who calls the program by that name types them. */
export function examplesOf(command: string, program: string): string {
  const text = EXAMPLES[command]?.trim() ?? '';
  return text
    .replaceAll(/^/gm, '  ')
    .replaceAll(/^ +$/gm, '')
    .replaceAll(/\baws-auth-sso(?= )/g, program);
}

/** Of each command; a test runs them before the cluster and the organization of the examples. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  generate: `
# from aws-auth-sso.yaml in this folder, for a new cluster
aws-auth-sso generate | kubectl create -f -

# without a config file
aws-auth-sso generate --map ReadOnly=viewers \\
  --account prod-eks --node-role arn:aws:iam::111122223333:role/eks-prod-node

# only the list of entries, for Kustomize or Helm
aws-auth-sso generate -o maproles --comments > map-roles.yaml
`,
  merge: `
# into a live cluster, by aws-auth-sso.yaml in this folder
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso merge | kubectl replace -f -

# into a file in Git, in place; show who gains and who loses access
aws-auth-sso merge aws-auth.yaml --for apply --write --explain

# without a config file
aws-auth-sso merge aws-auth.yaml --map ReadOnly=viewers \\
  --account prod-eks > merged.yaml
`,
  diff: `
# what merge would change in a live cluster
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso diff

# in a file, and who gains and who loses access
aws-auth-sso diff aws-auth.yaml --explain

# in GitHub Actions; an entry that the config does not name is drift, too
aws-auth-sso diff aws-auth.yaml --strict -o github
`,
  'access-entries': `
# a script of the AWS CLI, by aws-auth-sso.yaml in this folder
aws-auth-sso access-entries \\
  --cluster arn:aws:eks:eu-west-1:111122223333:cluster/prod > entries.sh

# a live aws-auth, with what stays the same for whom
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso access-entries --from - -o terraform

# the same as JSON, with self-managed nodes
aws-auth-sso access-entries --from aws-auth.yaml --nodes -o json
`,
  check: `
# the files of all clusters
aws-auth-sso check clusters/*/aws-auth.yaml

# show what would be fixed, then fix it
aws-auth-sso check aws-auth.yaml --fix --diff
aws-auth-sso check aws-auth.yaml --fix --write

# a live cluster: also roles that are gone, and groups without a binding
kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml \\
  > rbac.yaml
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso check --aws --rbac rbac.yaml
`,
  view: `
# a live cluster
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso view

# the files of all clusters, with the line of each entry
aws-auth-sso view -o wide clusters/*/aws-auth.yaml
`,
  who: `
# everyone who gets into a live cluster
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso who

# who may read the secrets of a namespace
kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml \\
  > rbac.yaml
aws-auth-sso who aws-auth.yaml --rbac rbac.yaml \\
  --can 'get secrets' -n payments

# what one person gets in all clusters
aws-auth-sso who clusters/*/aws-auth.yaml --user alice@example.com
`,
  explain: `
# why "Unauthorized"? for whoever the AWS CLI is now
aws sts get-caller-identity |
  aws-auth-sso explain aws-auth.yaml --caller -

# in a live cluster, for whoever a profile is
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso explain --aws --profile prod

# why "Forbidden"? with what the bindings of the cluster allow
kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml \\
  > rbac.yaml
aws-auth-sso explain aws-auth.yaml --rbac rbac.yaml \\
  --caller arn:aws:iam::111122223333:user/break-glass
`,
  roles: `
# which permission sets exist, and who has them
aws-auth-sso roles --all-accounts --by permission-set --principals

# the ARNs of the roles of some permission sets
aws-auth-sso roles --all-accounts --permission-set 'Read*' -o name

# roles that nobody is assigned to
aws-auth-sso roles --all-accounts --unassigned
`,
  snapshot: `
# read AWS once, then work without it
aws-auth-sso snapshot --all-accounts --principals > inventory.json
aws-auth-sso diff aws-auth.yaml --inventory inventory.json
aws-auth-sso who aws-auth.yaml --inventory inventory.json

# the accounts and roles that an aws-auth names, without names of people
aws-auth-sso snapshot aws-auth.yaml > prod.json
aws-auth-sso access-entries --from aws-auth.yaml -o terraform \\
  --inventory prod.json

# with the access entries of a cluster in that account
aws-auth-sso snapshot --account prod-eks \\
  --cluster arn:aws:eks:eu-west-1:111122223333:cluster/prod > prod.json
`,
  init: `
# from the aws-auth of a live cluster
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso init --from -

# from the roles in an account; only print it
aws-auth-sso init --account prod-eks -c -
`,
  completion: `
# bash, in this shell or its start-up file; zsh in the same way
source <(aws-auth-sso completion bash)

# fish, for every shell
aws-auth-sso completion fish \\
  > ~/.config/fish/completions/aws-auth-sso.fish
`,
};
