import { AUTHENTICATION_MODES, type AuthenticationMode } from '../../access-entry.ts';
import { type Finding, note, warning } from '../../errors.ts';
import { countBy } from '../../group-by.ts';
import { clusterLocation, type EksCluster } from '../../inventory/model.ts';
import { ReadTime } from '../../inventory/read-time.ts';
import { inputName } from '../../io.ts';
import type { LintOptions } from '../../lint/context.ts';
import { lint, MAX_OF_A_RULE } from '../../lint/lint.ts';
import type { LintFinding } from '../../lint/rule.ts';
import { awsAuthState } from '../../rbac/model.ts';
import type { ClusterPair } from '../inputs/clusters.ts';
import { type Inputs, reportUnusedClusters } from '../inputs/inputs.ts';
import type { CommonOptions, FleetOptions, RbacOptions } from '../options.ts';
import type { Shell } from '../shell.ts';
import type { Checked, CheckFormat } from './check-output.ts';

export interface CheckOptions extends CommonOptions, RbacOptions, FleetOptions {
  readonly output: CheckFormat;
  readonly aws?: boolean;
  readonly authenticationMode?: AuthenticationMode;
  readonly fix?: boolean;
  readonly fixAccess?: boolean;
  readonly write?: boolean;
  readonly diff?: boolean;
  readonly ignore?: readonly string[];
  readonly error?: readonly string[];
  readonly listRules?: boolean;
  readonly maxAge: string;
}

/** A file, a cluster or both, with what is known about them. */
export interface LintInput extends ClusterPair {
  readonly options: LintOptions;
}

/** Reads AWS and RBAC files, once for all files and clusters. */
export async function lintInputs(inputs: Inputs, options: CheckOptions): Promise<LintInput[]> {
  const known = await lintOptionsOf(inputs, options);
  const pairs = await inputs.pairs();
  const clusters = await inputs.clusters();
  inputs.shell.report([
    ...pairs.flatMap(modeNote),
    ...clusters.flatMap((one) => assumedModeFindings(one, inputs.paths, options.authenticationMode)),
  ]);
  const authorizers = await inputs.authorizers();
  return pairs.map(({ file, cluster, isGuess }, index) => {
    // Stdin comes from `kubectl get`; a file is usually kept, for example in Git.
    const live = file?.path === '-';
    const mode = assumedMode(cluster, options.authenticationMode);
    const checked = {
      eks: cluster ?? undefined,
      label: cluster ? (cluster.label ?? cluster.name) : undefined,
      isGuess,
      mode,
      rbac: authorizers[index]?.withAwsAuth(awsAuthState(file !== null, mode ?? cluster?.authenticationMode)),
    };
    return { file, cluster, isGuess, options: { ...known, live, cluster: checked } };
  });
}

/** Reads the accounts that files and access entries name. */
async function lintOptionsOf(inputs: Inputs, options: CheckOptions): Promise<LintOptions> {
  const given = { ignore: options.ignore ?? [], error: options.error ?? [] };
  if (!options.aws && !options.inventory && !options.cluster) return given;
  const { arnsOf, readFileInventory } = await import('../inputs/inventory.ts');
  const arns = inputs.files.flatMap(({ document }) => arnsOf(document));
  const known = await readFileInventory(arns, await inputs.clusters(), inputs);
  if (!known) return given;
  const { inventory, accountIds, account } = known;
  reportUnusedClusters(inventory, inputs);
  return { ...given, inventory, accounts: accountIds, ...(account === null ? {} : { account }) };
}

/** The mode to assume with `--authentication-mode`; undefined if the cluster has it, or can't change back to it. */
function assumedMode(
  cluster: EksCluster | null,
  mode: AuthenticationMode | undefined,
): AuthenticationMode | undefined {
  if (!cluster || !mode) return mode;
  const orderOf = (one: AuthenticationMode) => AUTHENTICATION_MODES.indexOf(one);
  return orderOf(mode) > orderOf(cluster.authenticationMode) ? mode : undefined;
}

/** A warning if that mode isn't assumed, or a note if it can't be checked completely. */
function assumedModeFindings(
  cluster: EksCluster,
  paths: readonly string[],
  mode: AuthenticationMode | undefined,
): Finding[] {
  const location = clusterLocation(cluster);
  if (mode && mode !== cluster.authenticationMode && !assumedMode(cluster, mode)) {
    const message = `can't go back from authentication mode ${cluster.authenticationMode} to ${mode}: checking its current mode`;
    return [warning('mode-cannot-be-changed-back', message, { location })];
  }
  if (mode !== 'API' || paths.length > 0) return [];
  const message = "lockouts in authentication mode API aren't checked without the aws-auth ConfigMap";
  return [note('no-file', message, { location, help: 'Pass it as FILE.' })];
}

/** A note if there are no access entries to check. */
function modeNote({ file, cluster }: ClusterPair): Finding[] {
  if (cluster?.authenticationMode !== 'CONFIG_MAP') return [];
  const message = ReadTime.of(cluster).dated(
    'there are no access entries in authentication mode CONFIG_MAP; only aws-auth counts',
  );
  const help = file
    ? undefined
    : 'Pass the aws-auth ConfigMap as FILE: without it, there is nothing to check.';
  return [note('config-map-only', message, { help, location: clusterLocation(cluster) })];
}

/** Lints each input, with a warning if it has more findings than are listed. */
export function lintedInputs(inputs: readonly LintInput[], options: CheckOptions, shell: Shell): Checked[] {
  return inputs.map((input) => {
    const document = input.file?.document ?? null;
    const all = lint(document, input.options);
    const checked = checkedInput(input, document?.source ?? '', all, options);
    const counts = countBy(all.map(({ code }) => code));
    const rules = [...counts].flatMap(([rule, count]) => (count >= MAX_OF_A_RULE ? [rule] : []));
    const message = `${checked.name}: listing at most ${MAX_OF_A_RULE} findings per rule: ${rules.join(', ')}`;
    if (rules.length > 0) shell.report([warning('truncated', message)]);
    return checked;
  });
}

/** @param source the text that the findings are about */
export function checkedInput(
  { file, options: { cluster = {} } }: LintInput,
  source: string,
  findings: readonly LintFinding[],
  { quiet, rbac: given }: CheckOptions,
): Checked {
  const { eks, label, mode, rbac } = cluster;
  const names = [
    ...(file ? [inputName(file.path)] : []),
    ...(label === undefined ? [] : [`cluster ${label}`]),
  ].join(' with ');
  return {
    name: eks && mode ? `${names}, as if its authentication mode were ${mode}` : names,
    hasFile: file !== null,
    hasCluster: label !== undefined,
    isEmpty: !file && !rbac && eks?.authenticationMode === 'CONFIG_MAP',
    lacksBindings: given ? !rbac : null,
    source,
    findings: quiet ? findings.filter(({ severity }) => severity !== 'note') : findings,
  };
}
