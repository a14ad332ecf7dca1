import { strippedKey } from '../../access-entries/principal.ts';
import { type ProofRow, proofRow, proofSummary } from '../../access-entries/proof.ts';
import { rolesToFind, type Translation, translateMap } from '../../access-entries/translate-map.ts';
import { parseArn } from '../../arn.ts';
import { readDocument, readListOrDocument } from '../../configmap/document.ts';
import { requireNoTemplates } from '../../configmap/template.ts';
import { MAP_KEYS } from '../../entry.ts';
import { type Finding, refusal } from '../../errors.ts';
import type { EksCluster, Inventory } from '../../inventory/model.ts';
import { inputName, readText } from '../../io.ts';
import { LintContext } from '../../lint/context.ts';
import { nodeRoleProblem, roleArnProblem } from '../../mapping/config-schema.ts';
import { PROVISIONED_PATH, parseProvisionedRoleArn } from '../../role-name.ts';
import { printable } from '../../text.ts';
import { readRolesOf, withFileSource } from '../file-inventory.ts';
import type { OpenSource } from '../inventory-source.ts';
import { loadConfig } from '../load-request.ts';
import { type CommonOptions, checked, parseDuration } from '../options.ts';
import type { Shell } from '../shell.ts';
import { loadWarnings } from './view.ts';

export interface FromOptions extends CommonOptions {
  readonly from: string;
  /** `own`: the type that an entry tells; null: nodes are refused. */
  readonly nodeType: string | null;
  /** ARNs of roles with their paths. */
  readonly roleArns: readonly string[];
  /** Of the ARN that `--cluster` gives; null without. */
  readonly partition: string | null;
  readonly maxAge: string;
}

/** An aws-auth, translated. */
export interface TranslatedFile {
  readonly translations: readonly Translation[];
  readonly proof: readonly ProofRow[];
  readonly findings: readonly Finding[];
  readonly summary: Finding;
  readonly cluster: EksCluster | null;
  readonly inventory: Inventory | null;
}

/**
 * Reads an aws-auth, and AWS or snapshots as far as they are needed, and translates it.
 * @param readCluster the cluster, as far as it can be read
 * @throws Failure (exit 2 or 3)
 */
export async function translateFile(
  options: FromOptions,
  readCluster: (open: OpenSource) => Promise<EksCluster | null>,
  shell: Shell,
): Promise<TranslatedFile> {
  const maxAge = parseDuration(options.maxAge);
  const context = await readContext(options.from, shell);
  const { config = {} } = (await loadConfig(options, shell)) ?? {};
  const flags = checked('--node-role', options.nodeRole, nodeRoleProblem);
  const stated = pathsOf([...(config.nodeRoles ?? []), ...flags, ...options.roleArns]);
  return withFileSource(options, shell, true, async (open) => {
    const { provisioned, others } = rolesToFind(
      context,
      (arn) => stated.has(strippedKey(arn)),
      options.nodeType !== null,
    );
    const cluster = await readCluster(open);
    const inventory = await readRolesOf(provisioned, options, open);
    const isFresh = !inventory || Date.now() - Date.parse(inventory.capturedAt) <= maxAge;
    const otherRoles = others.length > 0 ? await (await open()).otherRoles(others) : [];
    const found = otherRoles
      .filter(({ role }) => role !== null || isFresh)
      .map(({ arn, role }) => [strippedKey(arn), role?.pathArn ?? null] as const);
    const clusters = [...(inventory?.clusters ?? []), ...(cluster ? [cluster] : [])];
    const existing = clusters.flatMap(({ accessEntries }) =>
      accessEntries.map(({ principalArn }) => principalArn),
    );
    const clusterArn = cluster && parseArn(cluster.arn);
    const partition = options.partition ?? clusterArn?.partition ?? inventory?.partition ?? null;
    requireRoleArns(options.roleArns, partition);
    const { translations, findings } = translateMap(context, {
      known: new Map([...pathsOf(existing), ...found, ...stated]),
      inventory,
      isFresh,
      partition,
      clusterAccount: clusterArn?.accountId ?? null,
      nodes: options.nodeType,
    });
    const proof = translations.map(proofRow);
    return {
      translations,
      proof,
      findings: [...lostInFile(context), ...findings, ...translations.flatMap(findingsOf)],
      summary: proofSummary(proof),
      cluster,
      inventory,
    };
  });
}

async function readContext(file: string, shell: Shell): Promise<LintContext> {
  // Empty stdin is a ConfigMap that kubectl did not find.
  const read = file === '-' ? readDocument : readListOrDocument;
  const document = read(await readText(shell.io, file), inputName(file));
  requireNoTemplates(document);
  return new LintContext(document, {});
}

/** By ARN without path. */
function pathsOf(arns: readonly string[]): Map<string, string> {
  return new Map(arns.map((arn) => [strippedKey(arn), arn]));
}

/** What the authenticator does not load, so that it has no translation. */
function lostInFile({ document, lists, accounts }: LintContext): Finding[] {
  const maps = [...lists, ...(accounts ? [accounts] : [])];
  return MAP_KEYS.flatMap((key) => {
    const map = maps.find((one) => one.key === key);
    return map ? loadWarnings(document, key, map.loaded.errors) : [];
  });
}

/** Its notes; of one that is refused, the reason. */
function findingsOf({ arn, location, refusal: refused, findings }: Translation): Finding[] {
  if (!refused) return [...findings];
  const { reason, help, isNamed } = refused;
  const message = isNamed ? `refused: ${reason}` : `${printable(arn)} is refused: ${reason}`;
  return [{ severity: 'warning', code: 'entry-refused', message, location, help }, ...findings];
}

/** Why a value of `--role-arn` does not give the path of a role; undefined where it does. */
export function pathArnProblem(text: string): string | undefined {
  const problem = roleArnProblem(text);
  if (problem !== undefined || !parseProvisionedRoleArn(text) || text.includes(`:role${PROVISIONED_PATH}`))
    return problem;
  return `lacks the path of a role of Identity Center, role${PROVISIONED_PATH}…`;
}

/** @throws Failure (exit 2) where two ARNs give one role different paths, or one is of another partition than the accounts */
function requireRoleArns(arns: readonly string[], partition: string | null): void {
  const seen = new Map<string, string>();
  for (const arn of arns) {
    const other = seen.get(strippedKey(arn));
    if (other !== undefined && other !== arn)
      throw refusal({
        message: `--role-arn gives one role two paths: ${other} and ${arn}`,
        help: 'A role has one path: `aws iam get-role --role-name NAME` shows it.',
      });
    seen.set(strippedKey(arn), arn);
    if (partition !== null && parseArn(arn)?.partition !== partition)
      throw refusal({
        message: `--role-arn ${arn} is not in the partition of the cluster, ${partition}`,
        help: `Use the ARN in partition ${partition}.`,
      });
  }
}
