import { AUTHENTICATION_MODES, type AuthenticationMode } from '../../access-entry.ts';
import { type Finding, note, warning } from '../../errors.ts';
import { countBy } from '../../group-by.ts';
import { clusterLocation, type EksCluster } from '../../inventory/model.ts';
import { isFresh } from '../../inventory/role-facts.ts';
import { inputName } from '../../io.ts';
import type { LintOptions } from '../../lint/context.ts';
import { lint, MAX_OF_A_RULE } from '../../lint/lint.ts';
import type { LintFinding } from '../../lint/rule.ts';
import { type ClusterPair, clusterLabels } from '../inputs/clusters.ts';
import { type Inputs, reportUnusedClusters } from '../inputs/inputs.ts';
import { type CommonOptions, parseDuration, type RbacOptions } from '../options.ts';
import type { Shell } from '../shell.ts';
import type { Checked, CheckFormat } from './check-output.ts';

export interface CheckOptions extends CommonOptions, RbacOptions {
  readonly output: CheckFormat;
  readonly aws?: boolean;
  readonly cluster?: readonly string[];
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

/** A file, or a cluster, or both, with what is known of them. */
export interface LintInput extends ClusterPair {
  readonly options: LintOptions;
}

/** Reads AWS and RBAC files, once for all files and clusters. */
export async function lintInputs(inputs: Inputs, options: CheckOptions): Promise<LintInput[]> {
  const known = await lintOptionsOf(inputs, options);
  const pairs = await inputs.pairs();
  const labels = clusterLabels(await inputs.clusters());
  inputs.shell.report([
    ...pairs.flatMap((pair) => (pair.cluster ? modeNote(pair, labels.get(pair.cluster) ?? '') : [])),
    ...[...labels].flatMap((one) => assumedModeFindings(one, inputs.paths, options.authenticationMode)),
  ]);
  const authorizers = await inputs.authorizers();
  return pairs.map(({ file, cluster }, index) => {
    // Stdin comes from kubectl get, a file is kept.
    const live = file?.path === '-';
    const checked = {
      eks: cluster ?? undefined,
      label: cluster ? labels.get(cluster) : undefined,
      mode: assumedMode(cluster, options.authenticationMode),
      rbac: authorizers[index] ?? undefined,
    };
    return { file, cluster, options: { ...known, live, cluster: checked } };
  });
}

/** What is known beside the files: the accounts that they and the access entries of clusters name. */
async function lintOptionsOf(inputs: Inputs, options: CheckOptions): Promise<LintOptions> {
  const maxAge = parseDuration(options.maxAge);
  const given = { ignore: options.ignore ?? [], error: options.error ?? [] };
  if (!options.aws && !options.inventory && !options.cluster) return given;
  const { arnsOf, readFileInventory } = await import('../inputs/inventory.ts');
  const arns = inputs.files.flatMap(({ document }) => arnsOf(document));
  const known = await readFileInventory(arns, await inputs.clusters(), inputs);
  if (!known) return given;
  const { inventory, accountIds, account } = known;
  reportUnusedClusters(inventory, inputs);
  const found = { inventory, accounts: accountIds, isFresh: isFresh(inventory, maxAge) };
  return { ...given, ...found, ...(account === null ? {} : { account }) };
}

/** The mode that is given with `--authentication-mode`; undefined where the cluster has it, or can no longer get it. */
function assumedMode(
  cluster: EksCluster | null,
  mode: AuthenticationMode | undefined,
): AuthenticationMode | undefined {
  if (!cluster || !mode) return mode;
  const orderOf = (one: AuthenticationMode) => AUTHENTICATION_MODES.indexOf(one);
  return orderOf(mode) > orderOf(cluster.authenticationMode) ? mode : undefined;
}

/** Where that mode is not assumed, or not all of it can be told. */
function assumedModeFindings(
  [cluster, name]: readonly [EksCluster, string],
  paths: readonly string[],
  mode: AuthenticationMode | undefined,
): Finding[] {
  const location = clusterLocation({ name });
  if (mode && mode !== cluster.authenticationMode && !assumedMode(cluster, mode)) {
    const message = `has authentication mode ${cluster.authenticationMode}, which cannot be changed back to ${mode}: it is checked as it is`;
    return [warning('mode-cannot-be-changed-back', message, { location })];
  }
  if (mode !== 'API' || paths.length > 0) return [];
  const message = 'who is locked out in mode API is not checked, without the aws-auth ConfigMap';
  return [note('no-file', message, { location, help: 'Give it as FILE.' })];
}

/** Where there are no access entries to look at. */
function modeNote({ file, cluster }: ClusterPair, name: string): Finding[] {
  if (cluster?.authenticationMode !== 'CONFIG_MAP') return [];
  const message =
    'has authentication mode CONFIG_MAP, so it has no access entries, and aws-auth alone counts';
  const help = file
    ? undefined
    : 'Give the aws-auth ConfigMap as FILE: without it there is nothing to check.';
  return [note('config-map-only', message, { help, location: clusterLocation({ name }) })];
}

/** What is wrong with each of them; a warning says where more is than is listed. */
export function lintedInputs(inputs: readonly LintInput[], options: CheckOptions, shell: Shell): Checked[] {
  return inputs.map((input) => {
    const document = input.file?.document ?? null;
    const all = lint(document, input.options);
    const checked = checkedInput(input, document?.source ?? '', all, options);
    const counts = countBy(all.map(({ code }) => code));
    const rules = [...counts].flatMap(([rule, count]) => (count >= MAX_OF_A_RULE ? [rule] : []));
    const message = `${checked.name}: at most ${MAX_OF_A_RULE} findings of a rule are listed: ${rules.join(', ')}`;
    if (rules.length > 0) shell.report([warning('truncated', message)]);
    return checked;
  });
}

/** @param source the text that the findings are about */
export function checkedInput(
  { file, options: { cluster = {} } }: LintInput,
  source: string,
  findings: readonly LintFinding[],
  { quiet }: CheckOptions,
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
    source,
    findings: quiet ? findings.filter(({ severity }) => severity !== 'note') : findings,
  };
}
