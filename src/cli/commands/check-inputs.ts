import { AUTHENTICATION_MODES, type AuthenticationMode } from '../../access-entry.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import type { Finding } from '../../errors.ts';
import { clusterLocation, type EksCluster } from '../../inventory/model.ts';
import type { LintOptions } from '../../lint/context.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { type ClusterFile, type ClusterPair, clusterLabels, pairClusters } from '../cluster-files.ts';
import { type CommonOptions, parseDuration, type RbacOptions } from '../options.ts';
import type { Shell } from '../shell.ts';
import type { CheckFormat } from './check-output.ts';

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
  readonly listRules?: boolean;
  readonly maxAge: string;
}

/** A file, or a cluster, or both, with what is known of them. */
export interface LintInput extends ClusterPair {
  readonly options: LintOptions;
}

/** Reads AWS and RBAC files, once for all files and clusters. */
export async function lintInputs(
  files: readonly ClusterFile[],
  paths: readonly string[],
  options: CheckOptions,
  shell: Shell,
): Promise<LintInput[]> {
  const documents = files.map(({ document }) => document);
  const { clusters, ...known } = await lintOptionsOf(documents, options, shell);
  const { pairs, findings } = pairClusters(files, paths.length, clusters);
  const labels = clusterLabels(clusters);
  shell.report([
    ...findings,
    ...[...labels].flatMap((one) => [...modeNote(one), ...assumedModeFindings(one, paths, options)]),
  ]);
  const authorizers = await rbacOf(pairs, paths, options, shell);
  return pairs.map(({ file, cluster }, index) => {
    const authenticationMode = assumedMode(cluster, options);
    const rbac = authorizers[index];
    // Stdin comes from kubectl get, a file is kept.
    const live = file?.path === '-';
    const clusterLabel = cluster && labels.get(cluster);
    const ofCluster = cluster && { cluster, ...(clusterLabel && { clusterLabel }) };
    const more = { ...(rbac && { rbac }), ...(authenticationMode && { authenticationMode }) };
    return { file, cluster, options: { ...known, ...more, ...ofCluster, live } };
  });
}

/** The mode that is given with `--authentication-mode`; undefined where the cluster has it, or can no longer get it. */
function assumedMode(
  cluster: EksCluster | null,
  { authenticationMode: mode }: CheckOptions,
): AuthenticationMode | undefined {
  if (!cluster || !mode) return mode;
  const orderOf = (one: AuthenticationMode) => AUTHENTICATION_MODES.indexOf(one);
  return orderOf(mode) > orderOf(cluster.authenticationMode) ? mode : undefined;
}

function assumedModeFindings(
  [cluster, name]: readonly [EksCluster, string],
  paths: readonly string[],
  options: CheckOptions,
): Finding[] {
  const { authenticationMode: mode } = options;
  const location = clusterLocation({ name });
  if (mode && mode !== cluster.authenticationMode && !assumedMode(cluster, options)) {
    const message = `has authentication mode ${cluster.authenticationMode}, which cannot be changed back to ${mode}: it is checked as it is`;
    return [{ severity: 'warning', code: 'mode-cannot-be-changed-back', message, location }];
  }
  if (mode !== 'API' || paths.length > 0) return [];
  const message = 'who is locked out in mode API is not checked, without the aws-auth ConfigMap';
  const help = 'Give it as FILE.';
  return [{ severity: 'note', code: 'no-file', message, location, help }];
}

/** Where there are no access entries to look at. */
function modeNote([{ authenticationMode }, name]: readonly [EksCluster, string]): Finding[] {
  if (authenticationMode !== 'CONFIG_MAP') return [];
  const message =
    'has authentication mode CONFIG_MAP, so it has no access entries, and aws-auth alone counts';
  return [{ severity: 'note', code: 'config-map-only', message, location: clusterLocation({ name }) }];
}

/** For each of them; loaded only with `--rbac`. */
async function rbacOf(
  pairs: readonly ClusterPair[],
  paths: readonly string[],
  options: CheckOptions,
  shell: Shell,
): Promise<readonly (Authorizer | null)[]> {
  if (!options.rbac) return [];
  const { readRbacOfClusters } = await import('../rbac-source.ts');
  const named = pairs.map(({ file, cluster }) => file ?? { path: null, cluster: cluster?.name ?? null });
  return readRbacOfClusters(options, named, shell, paths);
}

type KnownOptions = LintOptions & { readonly clusters: readonly EksCluster[] };

/** What is known beside the files: the clusters, and then the accounts that files and access entries name. */
async function lintOptionsOf(
  documents: readonly AwsAuthDocument[],
  options: CheckOptions,
  shell: Shell,
): Promise<KnownOptions> {
  const maxAge = parseDuration(options.maxAge);
  const given = { ignore: options.ignore ?? [] };
  if (!options.aws && !options.inventory && !options.cluster) return { ...given, clusters: [] };
  const { principalArns, readClusters, readFileInventory, unusedClusters, withFileSource } = await import(
    '../file-inventory.ts'
  );
  return withFileSource(options, shell, true, async (open) => {
    const clusters = await readClusters(options.cluster, open);
    const arns = [...documents.flatMap(arnsOf), ...principalArns(clusters)];
    const known = await readFileInventory(arns, options, shell, open);
    if (!known) return { ...given, clusters };
    const { inventory, accountIds, account } = known;
    if (clusters.length === 0) shell.report(unusedClusters(inventory));
    const rotate = Date.now() - Date.parse(inventory.capturedAt) <= maxAge;
    const found = { inventory, accounts: accountIds, rotate, clusters };
    return { ...given, ...found, ...(account === null ? {} : { account }) };
  });
}

/** Everything in the file that looks like an ARN, even if the file is invalid. */
function arnsOf({ configMap, data, source }: AwsAuthDocument): string[] {
  const texts = configMap ? data.map(({ value }) => (value.kind === 'scalar' ? value.text : '')) : [source];
  return texts.flatMap((text) => text.match(/arn:aws[\w-]*:[\w-]+:[^\s"'\\]*/gi) ?? []);
}
