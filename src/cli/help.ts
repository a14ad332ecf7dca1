import type { Command } from 'commander';
import { COMMANDS, type ListedCommand } from './command-table.ts';
import { HELP_ALL } from './define-command.ts';

/** Adds to the program what its help shows: its purpose, its commands, exit codes and pages. */
export function describeProgram(program: Command): void {
  program.description(ABOUT).addHelpText('after', notesFor(program.name()));
  for (const { name, purpose, summary } of COMMANDS)
    program.command(name).description(summary).helpGroup(`${purpose}:`);
}

const ABOUT = `Gives people in IAM Identity Center access to EKS clusters, through the aws-auth
ConfigMap or access entries. It reads AWS and prints text: access changes once
you apply that text with kubectl or the AWS CLI.

AWS has deprecated aws-auth. New cluster: use access entries. Cluster that reads
aws-auth: use merge, and migrate when you can (docs/leave-aws-auth.md).`;

function notesFor(program: string): string {
  return `
Exit codes:
  0    success, no differences
  1    diff found differences, check found errors, or explain found no
       access or permission
  2    invalid usage or input, or an unsafe change refused
  3    an AWS call or file I/O failed
  4    internal error: a bug, or a result that failed verification
  130  interrupted

Run "${program} COMMAND --help" for examples and options.
Docs by task: docs/README.md. Start with docs/getting-started.md. Look up
docs/commands.md (all options), docs/config.md, docs/troubleshooting.md.
An npm install has docs/ in $(npm root --global)/aws-auth-sso.`;
}

/** Adds to a command what its help shows: its own options and examples; with `--help-all`, all options. */
export function describeCommand(command: Command, { name, summary }: ListedCommand, program: string): void {
  let showsAll = false;
  const help = command.createHelp();
  const groups = new Set(command.options.flatMap(({ helpGroupHeading: group }) => group ?? []));
  const names = [...groups].map((group) => group.replace(' options:', '')).join(', ');
  const rest = groups.size > 0 ? `\nMore options (${names}):\n  ${program} ${name} ${HELP_ALL}\n` : '';
  command
    .description(summary)
    .configureHelp({
      // Options that several commands share are in a group.
      visibleOptions: (one) =>
        help.visibleOptions(one).filter((option) => showsAll || option.helpGroupHeading === undefined),
    })
    .addHelpText('after', () => `${showsAll ? '' : rest}\nExamples:\n${examplesOf(name, program)}`)
    .on(`option:${HELP_ALL.slice(2)}`, () => {
      showsAll = true;
      command.help();
    });
}

/** The examples of a command, with the name under which the program was called. */
export function examplesOf(command: string, program: string): string {
  const text = EXAMPLES[command]?.trim() ?? '';
  return text
    .replaceAll(/^/gm, '  ')
    .replaceAll(/^ +$/gm, '')
    .replaceAll(/\baws-auth-sso(?= )/g, program);
}

/** Examples of each command; a test runs them against the cluster and the organization in `examples`. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  generate: `
# for a new cluster, using ./aws-auth-sso.yaml
aws-auth-sso generate | kubectl create -f -

# without a config file
aws-auth-sso generate --map ReadOnly=viewers \\
  --account prod-eks --node-role arn:aws:iam::111122223333:role/eks-prod-node

# only mapRoles, for Kustomize or Helm
aws-auth-sso generate -o maproles --comments > map-roles.yaml
`,
  merge: `
# update a live cluster, using ./aws-auth-sso.yaml
set -o pipefail
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso merge | kubectl replace -f -

# edit a file in Git; show who gains and loses access
aws-auth-sso merge aws-auth.yaml --for apply --write --explain

# without a config file
aws-auth-sso merge aws-auth.yaml --map ReadOnly=viewers \\
  --account prod-eks > merged.yaml
`,
  diff: `
# show what merge would change in a live cluster
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso diff

# compare a cluster's access entries with ./aws-auth-sso.yaml
aws-auth-sso diff \\
  --cluster arn:aws:eks:eu-west-1:111122223333:cluster/prod

# fail CI on drift, and on entries that the config does not name
aws-auth-sso diff aws-auth.yaml --strict -o github
`,
  'access-entries': `
# write an AWS CLI script, using ./aws-auth-sso.yaml
aws-auth-sso access-entries \\
  --cluster arn:aws:eks:eu-west-1:111122223333:cluster/prod > entries.sh

# translate a live aws-auth; notes say whose access would change
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso access-entries --from - -o terraform

# let a permission set edit some namespaces, without a config
aws-auth-sso access-entries \\
  --map 'DeveloperAccess=policy:Edit@team-*' \\
  --account prod-eks -o terraform
`,
  bindings: `
# bind the groups of ./aws-auth-sso.yaml to the roles in their \`bind\`
aws-auth-sso bindings | kubectl apply -f -

# the same as JSON, of another config
aws-auth-sso bindings -c clusters/prod/aws-auth-sso.yaml -o json
`,
  check: `
# check the files of all clusters
aws-auth-sso check clusters/*/aws-auth.yaml

# preview fixes; --write instead of --diff applies them
aws-auth-sso check aws-auth.yaml --fix --diff

# check a live cluster, and that its roles still exist
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso check --aws
`,
  view: `
# show a live cluster
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso view

# show files with the line of each entry
aws-auth-sso view -o wide clusters/*/aws-auth.yaml
`,
  who: `
# everyone who has access to a live cluster
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso who

# who can read the secrets of a namespace
kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml \\
  > rbac.yaml
aws-auth-sso who aws-auth.yaml --rbac rbac.yaml \\
  --can 'get secrets' -n payments

# one person, all clusters in a region
aws-auth-sso who --user alice@example.com --cluster '*' --all-accounts
`,
  explain: `
# why "Unauthorized"? for your current AWS identity
aws sts get-caller-identity |
  aws-auth-sso explain aws-auth.yaml --caller -

# in a live cluster, for the identity of a profile
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso explain --aws --profile prod

# why "Forbidden"? include RBAC
kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml \\
  > rbac.yaml
aws-auth-sso explain aws-auth.yaml --rbac rbac.yaml \\
  --caller arn:aws:iam::111122223333:user/break-glass
`,
  roles: `
# list permission sets and who is assigned to them
aws-auth-sso roles --all-accounts --by permission-set --principals

# print role ARNs
aws-auth-sso roles --all-accounts --permission-set 'Read*' -o name

# find roles without assignments
aws-auth-sso roles --all-accounts --unassigned
`,
  snapshot: `
# read AWS once, then work offline
aws-auth-sso snapshot --all-accounts --principals > inventory.json
aws-auth-sso diff aws-auth.yaml --inventory inventory.json
aws-auth-sso who aws-auth.yaml --inventory inventory.json

# only the accounts and roles in an aws-auth, without names of people
aws-auth-sso snapshot aws-auth.yaml > prod.json
aws-auth-sso access-entries --from aws-auth.yaml -o terraform \\
  --inventory prod.json

# include the access entries of a cluster
aws-auth-sso snapshot --account prod-eks \\
  --cluster arn:aws:eks:eu-west-1:111122223333:cluster/prod > prod.json
`,
  init: `
# start from the aws-auth of a live cluster
kubectl get configmap aws-auth -n kube-system -o yaml |
  aws-auth-sso init --from -

# print a config of the roles in an account
aws-auth-sso init --account prod-eks -c -
`,
  completion: `
# bash: run this or add it to ~/.bashrc (zsh works the same way)
source <(aws-auth-sso completion bash)

# fish
aws-auth-sso completion fish \\
  > ~/.config/fish/completions/aws-auth-sso.fish
`,
};
