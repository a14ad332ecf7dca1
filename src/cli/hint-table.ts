/**
 * The next step for words that are natural to try, such as those of kubectl, terraform, gh, aws or eksctl. Lists are words
 * in a string.
 */
export interface Hint {
  /** Unknown options or commands: `--dry-run` is also `--dry-run=client`, `-n` also `-nkube-system`. */
  readonly typed?: string;
  /** Pattern of the error message. */
  readonly says?: RegExp;
  /** Pattern of an argument that is no file, or one too many. */
  readonly argument?: RegExp;
  /** Options: one of them has the wrong value, or its value precedes the argument. */
  readonly option?: string;
  /** Pattern of the value of that option. */
  readonly value?: RegExp;
  /** The commands that it is for, with `none` for a line without a command; if missing, any line. */
  readonly on?: string;
  /** An option that the command has. */
  readonly takes?: string;
  /** An option that the command has and the line does not use. */
  readonly lacks?: string;
  /** A format that the command has. */
  readonly offers?: string;
  /** True to add it to the error's own help instead of replacing that. */
  readonly isMore?: boolean;
  /**
   * With PROGRAM for the program's name, COMMAND for the command of the line, WORD for the unknown word or argument, VALUE for
   * the word after an unknown option, OPTION and VALUE for an option and its value, EACH for one option a part of its
   * value, REST for the arguments after it, FORMATS for the command's formats.
   */
  readonly help: string;
}

/** The words of a list in a hint. */
export function wordsInHint(list = ''): string[] {
  return list.match(/\S+/g) ?? [];
}

/** Commands that read a ConfigMap from FILE, and no command. */
const WITH_FILE = 'none view merge diff check who explain';
/** Commands that read a ConfigMap with --from. */
const WITH_FROM = 'init access-entries';
/** Commands that read no ConfigMap. */
const WITHOUT_MAP = 'generate roles snapshot completion bindings';
/** Commands that read a config, and no command. */
const WITH_CONFIG = 'none merge diff check who explain generate roles snapshot access-entries';
/** Commands that show the access of a person. */
const OF_PEOPLE = 'who explain';
/** Commands that take mappings. */
const WITH_MAPPINGS = 'generate merge diff access-entries';
/** Repeatable options whose values have no commas. */
const REPEATABLE =
  '--account --exclude-account --ou --cluster --cluster-region --profile --inventory --permission-set --ignore --error --rbac --kubernetes-group --skip-unreadable';

const IN_CONFIG = 'in the config: ./aws-auth-sso.yaml, or the file after -c.';
const CONTEXT = '--context --kubeconfig --server --kube-context';
const IN_PLACE = '-i --in-place --inplace';
const FILE_NAME = '-f --filename --file --input --configmap';
const OUTPUT = '-o --output';
const OUT_FILE = '-out --out --outfile --out-file --output-file';
const PREVIEW = '--dry-run --preview --plan --what-if --noop';
const EXIT_CODE = '--exit-code --detailed-exitcode -detailed-exitcode --fail --fail-on';
const ROLE = '--role --arn --principal-arn --iam-arn --user-arn --identity';
const TOO_MANY = /^too many arguments/;
const NOT_FOUND = /^can't read the file: no such file/;
/** Messages about an argument that is no file. */
const NO_FILE =
  /^(?:can't read the file: no such file|too many arguments|--caller or --user is required|--namespace requires --can|unknown command)/;
const EMAIL = /^[^\s@/]+@[\w-]+(?:\.[\w-]+)+$/;
const CALLER_ARN = /^arn:[\w-]+:(?:iam|sts):/;
const CLUSTER_ARN = /^arn:[\w-]+:eks:/;
/** A name of something other than a file. */
const NAME = /^[^./=]+$/;
/** A name with a dot or a slash. */
const FILE_LIKE = /^[^=]*[./]/;
const GET = 'kubectl get configmap aws-auth -n kube-system -o yaml';
const PIPE = `PROGRAM never talks to a cluster: pipe the ConfigMap in.\n${GET.replace('kubectl', 'kubectl --context CONTEXT')} | PROGRAM COMMAND`;
const APPLY = `PROGRAM never talks to a cluster: merge the entries, then apply the result with kubectl.\n${GET} | PROGRAM merge | kubectl replace -f -\nFor bindings: PROGRAM bindings | kubectl apply -f -\nFor access entries: PROGRAM access-entries --cluster NAME > entries.sh, then bash entries.sh.`;
const INIT_OR_MAP =
  'Without a config, write one with `PROGRAM init`, or name the mappings with --map as well.';
const WITHOUT_AWS =
  'To work without AWS, pass a snapshot: --inventory FILE. To try it, use examples/inventory.json.';

/** The first hint that fits counts. */
export const HINTS: readonly Hint[] = [
  // Help and version.
  {
    typed: '-help -? /? usage docs man commands options',
    on: 'none',
    help: 'Use `PROGRAM --help`.',
  },
  { typed: '-help -?', help: 'Use `PROGRAM COMMAND --help`.' },
  { says: NO_FILE, argument: /^(?:help|\/\?)$/, help: 'Use `PROGRAM COMMAND --help`.' },
  { typed: '-version --version -V', help: 'Use `PROGRAM --version`.' },
  { typed: '-v', on: 'none', help: 'Use `PROGRAM --version`. After a command, --debug shows AWS calls.' },

  // How much a command prints.
  {
    typed: '-v --verbose --log-level --loglevel --trace -d',
    takes: '--debug',
    help: 'Use `--debug`: it shows AWS calls and stack traces.',
  },
  {
    typed: '-q -s --silent --no-progress',
    takes: '--quiet',
    help: 'Use `--quiet`: it hides progress and notes.',
  },
  { typed: '--colour --color', help: 'Set FORCE_COLOR=1 for colors, or use `--no-color`.' },
  {
    typed: '--no-cli-pager --no-pager --pager --no-paginate --cli-auto-prompt',
    help: 'Remove it: PROGRAM prints everything at once.',
  },
  {
    typed: '--yes -y --auto-approve -auto-approve --approve --no-input',
    help: "Remove it: PROGRAM doesn't ask for approval.",
  },

  // Formats and files to write.
  { typed: `${OUT_FILE} ${OUTPUT}`, value: FILE_LIKE, on: 'init', help: 'Use `-c VALUE`.' },
  {
    typed: `${OUT_FILE} ${OUTPUT}`,
    value: FILE_LIKE,
    on: 'merge',
    help: 'Redirect stdout: `> VALUE`. To edit FILE in place, use `--write`.',
  },
  {
    typed: `${OUT_FILE} ${OUTPUT}`,
    value: FILE_LIKE,
    on: 'snapshot completion',
    help: 'Redirect stdout: `> VALUE`.',
  },
  { typed: OUT_FILE, value: /./, help: 'Redirect stdout: `> VALUE`.' },
  { typed: OUT_FILE, help: 'Redirect stdout: `> FILE`.' },
  {
    typed: OUTPUT,
    on: 'merge snapshot init completion',
    help: 'Remove it: COMMAND has only one format.',
  },
  { typed: '--json', offers: 'json', help: 'Use `-o json`.' },
  { typed: '--yaml', offers: 'yaml', help: 'Use `-o yaml`.' },
  { typed: '--csv', offers: 'csv', help: 'Use `-o csv`.' },
  { typed: '--html --web', offers: 'html', help: 'Use `-o html > access.html`, and open the file.' },
  { typed: '--terraform --tf', offers: 'terraform', help: 'Use `-o terraform`.' },
  { typed: '--wide --long --details --show-arn --show-arns', offers: 'wide', help: 'Use `-o wide`.' },
  {
    typed: '--json --yaml --csv --html --table --format --fmt --output-format',
    offers: 'json',
    help: 'Use `-o FORMAT`: FORMATS.',
  },
  {
    typed: '--json --yaml --format --fmt --output-format --table',
    on: 'merge snapshot init completion',
    help: 'Remove it: COMMAND has only one format.',
  },
  {
    typed: '--web',
    help: 'Write a page and open it in a browser: `PROGRAM who aws-auth.yaml -o html > access.html`',
  },
  {
    typed: '--query --jq --template --filter --sort-by --no-headers --columns --show-labels',
    offers: 'json',
    help: 'Filter and sort JSON with jq: `PROGRAM COMMAND -o json | jq FILTER`',
  },
  {
    typed: '--limit -L --max-items --page-size --chunk-size',
    help: 'Remove it: PROGRAM prints everything. To print fewer lines, add `| head`.',
  },
  { option: OUTPUT, value: /\.html?$/, offers: 'html', help: 'Use `-o html > VALUE`.' },
  { option: OUTPUT, value: /\.csv$/, offers: 'csv', help: 'Use `-o csv > VALUE`.' },
  { option: OUTPUT, value: /\.json$/, offers: 'json', help: 'Use `-o json > VALUE`.' },
  { option: OUTPUT, value: /\.tf$/, offers: 'terraform', help: 'Use `-o terraform > VALUE`.' },
  {
    option: OUTPUT,
    value: /^ut\b/,
    help: 'Redirect stdout: `> FILE`. -o takes a format: FORMATS.',
  },
  {
    option: OUTPUT,
    value: FILE_LIKE,
    help: 'Redirect stdout: `> VALUE`. -o takes a format: FORMATS.',
  },
  {
    option: OUTPUT,
    value: /^(?:ya?ml|cm)$/,
    offers: 'configmap',
    help: 'Use `-o configmap`, which is YAML.',
  },
  {
    option: OUTPUT,
    value: /^(?:ya?ml)$/,
    offers: 'cloudformation',
    help: 'Use `-o cloudformation` or `-o eksctl`, which are YAML.',
  },
  { option: OUTPUT, value: /^(?:tf|hcl)$/, offers: 'terraform', help: 'Use `-o terraform`.' },
  {
    option: OUTPUT,
    value: /^(?:sh|bash|script|shell)$/,
    offers: 'aws-cli',
    help: 'Use `-o aws-cli`, a bash script.',
  },
  { option: OUTPUT, value: /^(?:cfn|sam)$/, offers: 'cloudformation', help: 'Use `-o cloudformation`.' },
  { option: OUTPUT, value: /^(?:yml|manifest)$/, offers: 'yaml', help: 'Use `-o yaml`.' },
  {
    option: OUTPUT,
    value: /^(?:xlsx?|excel|tsv|spreadsheet)$/,
    offers: 'csv',
    help: 'Use `-o csv`, which spreadsheets open.',
  },
  {
    option: OUTPUT,
    value: /^(?:md|markdown|pdf|web|page|report)$/,
    offers: 'html',
    help: 'Use `-o html > access.html`, a page to read and print.',
  },
  {
    option: OUTPUT,
    value: /^(?:md|markdown|sarif|junit|gha|actions|annotations)$/,
    offers: 'github',
    help: 'Use `-o github`, for annotations and a summary in GitHub Actions.',
  },
  {
    option: OUTPUT,
    value: /^(?:text|txt|plain|human|pretty|markdown|md)$/,
    offers: 'table',
    help: 'Use `-o table`, the default.',
  },
  {
    option: OUTPUT,
    value: /^(?:table|wide|txt|plain|human|pretty|md|markdown)$/,
    offers: 'text',
    help: 'Use `-o text`, the default.',
  },
  {
    option: OUTPUT,
    value: /^(?:text|patch|unified|table|txt|plain|pretty)$/,
    offers: 'diff',
    help: 'Use `-o diff`, the default.',
  },
  { option: OUTPUT, value: /^(?:names?|arns?)$/, offers: 'name', help: 'Use `-o name`.' },
  { option: OUTPUT, value: /^(?:aws|cli|awscli|eks)$/, offers: 'aws-cli', help: 'Use `-o aws-cli`.' },
  {
    option: OUTPUT,
    value: /./,
    offers: 'json',
    help: 'Use `-o json`; jq and yq convert it.',
  },

  // Options.
  {
    typed: '--external-id --organizations-profile --sso-profile',
    on: 'init',
    help: 'Set `assumeRole.externalId`, `organizationsProfile` or `ssoProfile` in a config, and start from a snapshot:\nPROGRAM snapshot -c FILE > inventory.json && PROGRAM init -c NEW-FILE --inventory inventory.json',
  },
  { typed: '--external-id', on: WITH_CONFIG, help: `Set \`assumeRole.externalId\` ${IN_CONFIG}` },
  { typed: '--organizations-profile', on: WITH_CONFIG, help: `Set \`organizationsProfile\` ${IN_CONFIG}` },
  { typed: '--sso-profile', on: WITH_CONFIG, help: `Set \`ssoProfile\` ${IN_CONFIG}` },
  {
    typed: '-n --namespace --map --role --group --cluster-role --clusterrole --user',
    on: 'bindings',
    help: 'Set it in a config, in `bind` of a mapping, and pass the config with -c.',
  },
  {
    typed: '--account --ou --all-accounts --exclude-account --inventory --profile --region',
    on: 'bindings',
    help: 'Remove it: bindings reads only the config.',
  },
  { typed: FILE_NAME, on: 'bindings', help: 'Use `-c FILE`.' },
  {
    typed: '-n --namespace',
    on: 'access-entries',
    help: "Name it in a mapping: --map 'PERMISSION-SET=policy:View@VALUE'",
  },
  { typed: '-A', on: 'roles snapshot generate', help: 'Use `--all-accounts`.' },
  {
    typed: '-A --all-namespaces',
    on: OF_PEOPLE,
    help: 'Remove it: without -n, --can asks about all namespaces; aws-auth is always in kube-system.',
  },
  {
    typed: '-n --namespace -A --all-namespaces',
    help: 'Remove it: aws-auth is always in kube-system.',
  },
  {
    typed: '-l --selector --field-selector',
    help: 'Remove it: a cluster has only one aws-auth.',
  },
  { typed: CONTEXT, on: WITH_FILE, help: PIPE },
  { typed: CONTEXT, on: WITH_FROM, help: `${PIPE} --from -` },
  { typed: CONTEXT, on: WITHOUT_MAP, help: 'Remove it: PROGRAM never talks to a cluster.' },
  {
    typed: `--diff ${PREVIEW}`,
    on: 'merge none',
    help: 'Use `PROGRAM diff`: it shows what merge would change.',
  },
  { typed: PREVIEW, on: 'check', help: 'Remove it: check edits files only with --write.' },
  { typed: PREVIEW, on: 'init', help: 'Use `-c -`: it prints the config.' },
  { typed: PREVIEW, help: 'Remove it: COMMAND changes nothing.' },
  { typed: `-w ${IN_PLACE}`, on: 'merge none', help: 'Use `--write`: it edits FILE in place.' },
  { typed: `-w ${IN_PLACE}`, on: 'check', help: 'Use `--fix --write`: it edits FILE in place.' },
  { typed: IN_PLACE, help: "Remove it: COMMAND doesn't change files." },
  { typed: '--backup', help: `Save the ConfigMap first: ${GET} > before.yaml` },
  {
    typed: '--apply -apply',
    on: 'access-entries',
    help: 'Save the script and run it: `PROGRAM access-entries > entries.sh`, then `bash entries.sh`.',
  },
  { typed: '--apply -apply', on: 'bindings', help: 'Use `PROGRAM bindings | kubectl apply -f -`.' },
  { typed: '--apply -apply', on: 'generate', help: 'Use `PROGRAM generate | kubectl create -f -`.' },
  { typed: '--apply -apply', help: APPLY },
  {
    typed: '--write --stdout',
    on: 'generate bindings access-entries roles snapshot',
    help: 'Remove it: COMMAND prints to stdout. For a file, add `> FILE`.',
  },
  { typed: '--server-side', on: 'merge', help: 'Use `--for server-side-apply`.' },
  {
    typed: '--replace --overwrite',
    on: 'merge',
    help: 'Remove it: merge keeps unmapped entries; `--prune` removes them. To edit FILE in place, use `--write`.',
  },
  {
    typed: '--remove --delete',
    on: 'merge diff access-entries',
    help: 'Remove the mapping from the config, and use `--prune`.',
  },
  {
    typed: '--against --live --compare --to',
    on: 'diff',
    help: `Pass the live aws-auth as FILE, or pipe it in:\n${GET} | PROGRAM diff`,
  },
  { typed: '-u --unified', on: 'diff', help: 'Remove it: diff prints a unified diff.' },
  {
    typed: '--stat --summary --name-only --brief',
    on: 'diff',
    help: 'Remove it: a note on stderr counts the changes.',
  },
  { typed: '--list --rules', on: 'check', help: 'Use `--list-rules`.' },
  { typed: '--disable --skip --exclude --except', on: 'check', help: 'Use `--ignore RULE`.' },
  {
    typed: '--rule --only',
    on: 'check',
    help: 'Remove it: check applies all rules. To see one, select it from `PROGRAM check -o json` with jq.',
  },
  { typed: '--severity --level --min-severity', on: 'check', help: 'Use `--error RULE` to raise a rule.' },
  { typed: '--me --self --whoami --current', on: 'explain', help: 'Use `--aws` for your AWS identity.' },
  { typed: '--people --users --groups --include-people', on: 'snapshot', help: 'Use `--principals`.' },
  {
    typed: EXIT_CODE,
    on: 'diff',
    help: 'Remove it: diff exits 1 if anything differs.',
  },
  {
    typed: EXIT_CODE,
    on: 'check',
    help: 'Remove it: check exits 1 if it finds errors; --error RULE raises a rule.',
  },
  { typed: EXIT_CODE, on: 'explain', help: 'Remove it: explain exits 1 if the caller has no access.' },
  { typed: EXIT_CODE, help: 'Use `PROGRAM diff`: it exits 1 if anything differs.' },
  {
    typed: '--strict',
    on: 'check',
    help: 'Raise a rule with --error RULE. `PROGRAM diff --strict` reports entries missing from the config.',
  },
  {
    typed: '-upgrade --upgrade -reconfigure --reconfigure',
    on: 'init',
    help: 'Write another config with `-c NEW.yaml`, and compare the two.',
  },
  { typed: '--overwrite', on: 'init', help: 'Use `--force`: it overwrites the config.' },
  { typed: '--force', help: 'Remove it: an error names the option that allows what PROGRAM refuses.' },
  {
    typed: '-target --target -var --var -var-file --var-file --values -state',
    on: WITH_CONFIG,
    help: `Set \`accounts\` and \`mappings\` ${IN_CONFIG}`,
  },
  { typed: '-w --watch', help: 'Run `PROGRAM diff` on a schedule instead.' },
  { typed: FILE_NAME, on: WITH_FROM, help: 'Use `--from FILE`.' },
  {
    typed: FILE_NAME,
    on: WITHOUT_MAP,
    help: "COMMAND doesn't read a ConfigMap. Use `-c FILE` for a config, `--inventory FILE` for a snapshot.",
  },
  { typed: FILE_NAME, help: 'Use `PROGRAM COMMAND FILE`.' },
  { typed: '-k --kustomize', help: 'Pipe it in: kubectl kustomize DIR | PROGRAM COMMAND' },
  {
    typed: '-R -r --recursive',
    on: 'check view who',
    help: 'Name the files: PROGRAM COMMAND clusters/*/aws-auth.yaml',
  },
  {
    typed: '--repo -R',
    help: 'Remove it: PROGRAM reads files of this machine. Change to a clone first.',
  },
  { typed: '--stdin', help: 'Remove it: without FILE, COMMAND reads stdin.' },
  {
    typed: '--snapshot --offline --from-snapshot --cached --state',
    takes: '--inventory',
    help: 'Use `--inventory FILE`.',
  },
  {
    typed: '--no-verify-ssl --ca-bundle --insecure',
    help: "Set AWS_CA_BUNDLE to the CA's PEM file.",
  },
  { typed: '--endpoint-url --endpoint', help: 'Set AWS_ENDPOINT_URL.' },
  {
    typed: '--all --org --organization',
    takes: '--all-accounts',
    help: 'Use `--all-accounts`.',
  },
  {
    typed: '--account-id --accounts --account-ids -a',
    takes: '--account',
    help: 'Use `--account VALUE`.',
  },
  { typed: '-p', takes: '--profile', help: 'Use `--profile VALUE`.' },
  { typed: '-r', takes: '--region', help: 'Use `--region VALUE`.' },
  {
    typed: '--all-clusters',
    on: 'who check snapshot',
    help: "Use `--cluster '*' --all-accounts`.",
  },
  {
    typed: '--all-regions',
    takes: '--cluster-region',
    help: 'Use `--cluster-region REGION` for each region.',
  },
  {
    typed: '--cluster-name --cluster-arn --clusters --eks-cluster',
    takes: '--cluster',
    help: 'Use `--cluster VALUE`.',
  },
  {
    typed: '--cluster --cluster-name --cluster-arn',
    on: 'merge generate',
    help: `For access entries, use \`PROGRAM access-entries --cluster VALUE\`. For aws-auth, pipe the cluster's ConfigMap:\n${GET} | PROGRAM merge | kubectl replace -f -`,
  },
  {
    typed: '--cluster --cluster-name --cluster-arn --all-clusters --clusters',
    on: 'view',
    help: `Use \`PROGRAM who --cluster VALUE\` for its access entries. For its aws-auth:\n${GET} | PROGRAM view`,
  },
  {
    typed: '--cluster --cluster-name --all-clusters --clusters',
    on: 'roles',
    help: "Use `--account NAME` for the cluster's account. `PROGRAM who --cluster VALUE` shows who has access.",
  },
  {
    typed: '--username --email --principal --person --name --as -u --userid',
    on: OF_PEOPLE,
    help: 'Use `--user VALUE`.',
  },
  {
    typed: '--as --as-group',
    help: 'To explain the access of a person, run `PROGRAM explain FILE --user NAME`.',
  },
  {
    typed: '--admin --admins --cluster-admin --cluster-admins',
    on: 'who',
    help: 'Remove it: NOTE marks cluster admins. Add --rbac FILE for admins through bindings.',
  },
  { typed: '-g --groups', on: 'who', help: 'Use `--group VALUE`.' },
  {
    typed: '--verb --verbs --resource --permission --action',
    on: OF_PEOPLE,
    help: "Use `--can 'VERB RESOURCE'`, such as --can 'get secrets'.",
  },
  {
    typed: `--group --role-arn ${ROLE}`,
    on: 'explain',
    help: "Use --caller ARN or --user NAME. For a group's access, run `PROGRAM who --group NAME`.",
  },
  {
    typed: '--role --cluster-role',
    value: /^(?!arn:)/,
    on: 'who',
    help: "To ask who has a permission: --can 'VERB RESOURCE' --rbac FILE. For a Kubernetes group, use `--kubernetes-group NAME`.",
  },
  {
    typed: `--caller --role-arn ${ROLE}`,
    on: 'who view check',
    help: 'For one caller, run `PROGRAM explain FILE --caller ARN`.',
  },
  {
    typed: '--permission-set --permission-sets --set',
    on: WITH_MAPPINGS,
    help: "Map it to a Kubernetes group: --map 'VALUE=GROUP'",
  },
  {
    typed: '--policy --policy-arn --access-policy',
    on: WITH_MAPPINGS,
    help: "Map a permission set to it: --map 'PERMISSION-SET=policy:View', or for namespaces 'policy:View@team-*'.",
  },
  {
    typed: `--add --group --groups --kubernetes-group --kubernetes-groups -g ${ROLE}`,
    on: WITH_MAPPINGS,
    help: "Map a permission set to a Kubernetes group: --map 'PERMISSION-SET=GROUP'. For an access policy, write policy:View as the group; for nodes, use --node-role ARN.",
  },
  { typed: '--role', on: 'roles', help: 'Use `--permission-set VALUE`.' },
  {
    typed: `--role-arn ${ROLE}`,
    on: 'roles snapshot init',
    help: 'Use `--assume-role NAME` for the role to assume in other accounts.',
  },

  // Values and arguments.
  {
    option: '--can',
    value: /^\S+$/,
    argument: /./,
    help: "Quote it: --can 'VALUE WORD'",
  },
  {
    option: `--map ${REPEATABLE} --node-role`,
    argument: /^[^./]+$/,
    says: /^(?:can't read the file: no such file|too many arguments)/,
    help: "Repeat the option: OPTION VALUE OPTION WORD. Quote a glob: --account 'prod-*'.",
  },
  {
    option: '--account --exclude-account --permission-set --skip-unreadable --cluster',
    says: TOO_MANY,
    help: "Quote globs, as in --account 'prod-*'.",
  },
  { option: '--user --group', value: CALLER_ARN, on: 'explain', help: 'Use `--caller VALUE`.' },
  {
    option: '--user --group',
    value: CALLER_ARN,
    help: 'To explain the access of a caller, run `PROGRAM explain FILE --caller VALUE`.',
  },
  { option: '--map', value: /=.*,.*=/, help: 'Repeat the option: EACH' },
  {
    option: '--cluster',
    value: /,/,
    on: 'explain diff access-entries init',
    help: 'OPTION takes one cluster: run the command once for each.',
  },
  { option: REPEATABLE, value: /^[^{}]+,[^{}]+$/, help: 'Repeat the option: EACH' },
  {
    option: '--region',
    value: /,/,
    takes: '--cluster-region',
    help: 'Use one region. Repeat --cluster-region to search several for clusters.',
  },
  {
    option: '--region --namespace --user --group',
    value: /,/,
    help: 'OPTION takes one value: run the command once for each.',
  },
  {
    says: NO_FILE,
    argument: EMAIL,
    on: OF_PEOPLE,
    help: 'Pass a person with `--user WORD`.',
  },
  {
    says: NO_FILE,
    argument: EMAIL,
    help: 'To show the access of a person, run `PROGRAM who FILE --user WORD`.',
  },
  { says: NO_FILE, argument: CLUSTER_ARN, takes: '--cluster', help: 'Use `--cluster WORD`.' },
  { says: NO_FILE, argument: CALLER_ARN, on: 'explain', help: 'Pass a caller with `--caller WORD`.' },
  {
    says: NO_FILE,
    argument: CALLER_ARN,
    help: 'To explain the access of a caller, run `PROGRAM explain FILE --caller WORD`.',
  },
  { says: NO_FILE, argument: /^can$/, on: 'who', help: "Use `--can 'REST'`." },
  { says: NO_FILE, argument: /^\d{12}$/, takes: '--account', help: 'Use `--account WORD`.' },
  { says: NO_FILE, argument: /^[^=]+=[^=]/, takes: '--map', help: 'Use `--map WORD`.' },
  { says: NO_FILE, argument: /^(?:terraform|json)$/, offers: 'terraform', help: 'Use `-o WORD`.' },
  {
    says: /^unknown command/,
    argument: /\.(?:ya?ml|json)$/,
    help: 'Put a command in front of it, such as `PROGRAM view WORD`.',
  },
  {
    says: NOT_FOUND,
    argument: NAME,
    on: 'snapshot',
    help: 'For a cluster, use `--cluster WORD`; for an account, `--account WORD`.',
  },
  {
    says: NO_FILE,
    argument: /^(?:list|ls|get|show|describe|create|add|set|update|apply|run|all|delete|remove)$/,
    on: 'roles access-entries bindings generate init',
    help: 'Remove it: COMMAND has no subcommands.',
  },
  {
    says: NOT_FOUND,
    argument: NAME,
    on: 'who',
    help: 'For a cluster, use `--cluster WORD`; for people, `--user WORD` or `--group WORD`; for an account, `--account WORD`.',
  },
  {
    says: NOT_FOUND,
    argument: NAME,
    on: 'explain',
    help: 'For a person, use `--user WORD`; for a cluster, `--cluster WORD`.',
  },
  {
    says: /^--caller or --user is required/,
    argument: NAME,
    help: 'For a person, use `--user WORD`. For a caller, use `--caller ARN`.',
  },
  {
    says: NOT_FOUND,
    argument: NAME,
    on: 'check diff',
    help: `For a cluster's access entries, use \`--cluster WORD\`. For its aws-auth:\n${GET} | PROGRAM COMMAND`,
  },
  {
    says: NOT_FOUND,
    argument: NAME,
    on: 'merge view',
    help: `For a cluster's aws-auth, pipe it in:\n${GET} | PROGRAM COMMAND`,
  },
  {
    says: TOO_MANY,
    argument: NAME,
    on: 'roles',
    help: 'For an account, use `--account WORD`; for a permission set, `--permission-set WORD`.',
  },
  {
    says: TOO_MANY,
    argument: NAME,
    on: 'access-entries init',
    help: "For a cluster, use `--cluster WORD`; for an account, `--account WORD`; for a ConfigMap's file, `--from FILE`.",
  },
  {
    says: TOO_MANY,
    argument: NAME,
    on: 'generate',
    help: "For an account, use `--account WORD`; for a permission set, `--map 'WORD=GROUP'`.",
  },
  {
    says: TOO_MANY,
    on: 'diff',
    help: 'FILE is the live aws-auth, -c the config with the wanted mappings, --inventory a snapshot. To compare two files, use `diff -u`.',
  },
  {
    says: TOO_MANY,
    on: 'merge',
    help: 'Loop over the files; with a snapshot (--inventory), AWS is read only once.',
  },
  {
    says: TOO_MANY,
    on: 'explain',
    help: 'Pass one FILE, and run it once for each cluster. `PROGRAM who` takes several.',
  },
  { says: TOO_MANY, on: WITH_FROM, help: 'Use --from FILE.' },
  {
    says: TOO_MANY,
    on: 'generate roles bindings',
    help: "COMMAND doesn't read a ConfigMap. Use `-c FILE` for a config.",
  },
  {
    says: /argument 'shell'/,
    on: 'completion',
    help: 'Use one of bash, zsh, fish, for example: source <(PROGRAM completion bash)',
  },
  {
    says: TOO_MANY,
    on: 'completion',
    help: 'Name one shell, for example: source <(PROGRAM completion bash)',
  },
  { says: /^no usable AWS credentials:/, lacks: '--inventory', isMore: true, help: WITHOUT_AWS },
  {
    says: /^no accounts selected$/,
    on: WITH_MAPPINGS,
    lacks: '--inventory',
    isMore: true,
    help: `${INIT_OR_MAP}\n${WITHOUT_AWS}`,
  },
  { says: /^no accounts selected$/, on: WITH_MAPPINGS, isMore: true, help: INIT_OR_MAP },
  { says: /no accounts selected$/, lacks: '--inventory', isMore: true, help: WITHOUT_AWS },
  {
    says: /^(?:the input is empty|stdin is a terminal)/,
    on: 'who explain check diff',
    lacks: '--cluster',
    isMore: true,
    help: "To read a cluster's access entries instead, use --cluster NAME.",
  },

  // Commands.
  {
    typed: 'list-access-entries describe-access-entry list-associated-access-policies',
    help: "Use `PROGRAM who --cluster NAME`: it shows a cluster's access entries and their people.",
  },
  {
    typed: 'list-roles get-role get-roles list-permission-sets describe-permission-set',
    help: 'Use `PROGRAM roles`: it lists the permission sets in AWS, their accounts and roles.',
  },
  {
    typed: 'get-users list-users get-user list-access get-access list-groups get-groups',
    help: 'Use `PROGRAM who`: it shows who has access.',
  },
  {
    typed: 'logs log events',
    help: 'Every command prints to the terminal; --debug shows AWS calls. To show what changed in the access, use `PROGRAM who --since FILE`.',
  },
  { typed: 'lint validate verify test doctor scan', help: 'Use `PROGRAM check`.' },
  { typed: 'fix repair fmt format', help: 'Use `PROGRAM check --fix`.' },
  { typed: 'plan preview compare drift status', help: 'Use `PROGRAM diff`.' },
  {
    typed: 'list ls entries state search find',
    help: '`PROGRAM roles` lists the permission sets in AWS, `PROGRAM view` the entries of an aws-auth.',
  },
  { typed: 'accounts account', help: 'Use `PROGRAM roles --all-accounts --by account`.' },
  {
    typed: 'groups assignments permission-sets permissionsets permissions',
    help: 'Use `PROGRAM roles --all-accounts --principals`: it lists permission sets and who is assigned.',
  },
  { typed: 'clusters cluster', help: "Use `PROGRAM who --cluster '*' --all-accounts`." },
  {
    typed: 'get show describe print cat inspect aws-auth iamidentitymapping',
    help: '`PROGRAM view` shows the entries of an aws-auth, `PROGRAM who` who has access, `PROGRAM roles` the permission sets.',
  },
  {
    typed: 'audit report',
    help: 'Use `PROGRAM who`. For a page to read and print: `PROGRAM who aws-auth.yaml -o html > access.html`',
  },
  { typed: 'access users people', help: 'Use `PROGRAM who`.' },
  {
    typed: 'lookup whois',
    help: 'For a person, use `PROGRAM who --user NAME`. For a role, use `PROGRAM explain --caller ARN`.',
  },
  {
    typed: 'who-can whocan',
    help: "Use `PROGRAM who FILE --can 'VERB RESOURCE' --rbac FILE`, or `--cluster NAME` for access entries.",
  },
  {
    typed: 'html page dashboard serve ui web browse open graph diagram',
    help: 'Write a page and open it in a browser: `PROGRAM who aws-auth.yaml -o html > access.html`',
  },
  {
    typed: 'login logout sso signin sign-in assume',
    help: 'Sign in with the AWS CLI: `aws sso login --profile NAME`. Then pass `--profile NAME` to a command.',
  },
  {
    typed: 'auth',
    help: '`PROGRAM explain` shows whether a caller has access. To sign in, use `aws sso login --profile NAME`.',
  },
  {
    typed: 'whoami can-i why trace can',
    help: "`PROGRAM explain` shows whether a caller has access: use --aws for your current AWS identity, --caller ARN or --user NAME. For one permission, add --can 'VERB RESOURCE'.",
  },
  {
    typed: 'grant add add-user add-group add-role allow assign invite map',
    help: 'Assign people to a permission set in IAM Identity Center. Add the set to `mappings` in aws-auth-sso.yaml, then run `PROGRAM merge` or `PROGRAM access-entries`.',
  },
  {
    typed: 'revoke remove-user delete-user deny offboard kick ban block',
    help: "End the person's assignment in IAM Identity Center. For a permission set, remove its mapping and run `PROGRAM merge --prune`.",
  },
  {
    typed: 'apply sync update patch set create edit replace push deploy',
    help: APPLY,
  },
  {
    typed: 'delete remove rm prune destroy',
    help: '`PROGRAM merge --prune` removes unmapped entries. For a person, end the assignment in IAM Identity Center.',
  },
  {
    typed: 'rollback undo revert restore rollout history',
    help: "For access entries, `PROGRAM access-entries --rollback` prints the script. For aws-auth, restore a saved ConfigMap: sed '/^  resourceVersion:/d' before.yaml | kubectl replace -f -",
  },
  {
    typed: 'import',
    help: '`PROGRAM init --from aws-auth.yaml` writes a config from an aws-auth. `PROGRAM access-entries -o terraform --import` imports access entries.',
  },
  {
    typed: 'upgrade self-update',
    help: 'To migrate to access entries, use `PROGRAM access-entries --from FILE`. To update the program, install it again.',
  },
  { typed: 'rotate renew', help: 'Use `PROGRAM merge`: it replaces the ARNs of re-created roles.' },
  {
    typed: 'migrate',
    help: 'Use `PROGRAM access-entries --from FILE`. docs/leave-aws-auth.md in the package has all steps, and how to undo them.',
  },
  {
    typed: 'convert translate access-entry accessentries accessentry',
    help: 'Use `PROGRAM access-entries --from FILE`.',
  },
  {
    typed: 'export dump fetch inventory save refresh pull',
    help: 'Use `PROGRAM snapshot`.',
  },
  { typed: 'configure setup new install', help: 'Use `PROGRAM init`.' },
  {
    typed: 'config',
    help: 'The config is ./aws-auth-sso.yaml, or the file after -c. To write one, use `PROGRAM init`.',
  },
  { typed: 'template render build synth output', help: 'Use `PROGRAM generate`.' },
  {
    typed: 'rbac',
    help: "`PROGRAM bindings` writes bindings from the config. To see who has access through the cluster's, add --rbac FILE to `PROGRAM who` or `PROGRAM explain`.",
  },
  { typed: 'bind binding rolebinding rolebindings', help: 'Use `PROGRAM bindings`.' },
  {
    typed: 'complete completions autocomplete autocompletion',
    help: 'Use `source <(PROGRAM completion bash)`.',
  },
  {
    typed: 'kubeconfig update-kubeconfig context use-context',
    help: 'Use `aws eks update-kubeconfig --name CLUSTER`.',
  },
];
