import { accessEntryOf } from '../../access/explain-access-entry.ts';
import { type CallerExplanation, explainCaller } from '../../access/explain-caller.ts';
import { arnIn, clusterArgument, requireCaller } from '../../access/named-caller.ts';
import type { Caller } from '../../authenticator/resolve-caller.ts';
import { AwsAuth } from '../../cluster/aws-auth.ts';
import { readDocument } from '../../configmap/document.ts';
import { refusal } from '../../errors.ts';
import type { EksCluster, Inventory } from '../../inventory/model.ts';
import { inputName, readText } from '../../io.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { addRbacOption, clusterOption, defineCommand, outputOption } from '../command.ts';
import { readOneCluster, reportUnusedClusters, withReading } from '../inputs/inputs.ts';
import { scopeFlags } from '../load-request.ts';
import {
  ADD_SOURCE,
  type CommonOptions,
  clusterSelectors,
  givesRbac,
  type RbacOptions,
  requireConsistent,
  twoSources,
} from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type ExplainFormat, renderExplanation } from './explain-output.ts';

interface ExplainOptions extends CommonOptions, RbacOptions {
  readonly output: ExplainFormat;
  readonly caller?: string;
  readonly aws?: boolean;
  readonly cluster?: string;
}

export const explainCommand = defineCommand(
  'explain',
  { file: 'one', config: 'AWS settings', reads: 'AWS or snapshots' },
  (command) =>
    addRbacOption(
      command
        .option('--caller <arn>', 'caller ARN, or - for `aws sts get-caller-identity` JSON')
        .option('--aws', 'check roles in AWS; --caller defaults to your identity'),
    )
      .addOption(clusterOption('read access entries; FILE optional'))
      .addOption(outputOption('text', 'json')),
  explain,
);

/** @param file null: only access entries are known */
async function explain(options: ExplainOptions, shell: Shell, file: string | null): Promise<Outcome> {
  requireConsistentOptions(file, options);
  const given = await givenArn(options, shell);
  if (given !== null) requireCaller(given);
  const authorizer = await rbacOf(file, options, shell);
  const document = file === null ? null : readDocument(await readText(shell.io, file), inputName(file));
  const explainIn = (cluster: EksCluster | null) => {
    const awsAuth = document && new AwsAuth(document);
    return (arn: string, inventory: Inventory | null) => {
      const caller = requireCaller(arn);
      if (cluster && !document) requireFile(caller, cluster, inventory);
      return explainCaller(caller, awsAuth, { inventory, authorizer, cluster });
    };
  };
  const explanation =
    given !== null && !options.aws && !options.inventory && !options.cluster
      ? explainIn(null)(given, null)
      : await explainWithInventory(given, explainIn, options, shell);
  return {
    stdout: await renderExplanation(explanation, document?.file ?? null, options.output),
    exitCode: explanation.matches.length > 0 ? 0 : 1,
  };
}

/**
 * Without an access entry, aws-auth decides, unless the authentication mode is API.
 * @throws Failure (exit 2) if aws-auth decides
 */
function requireFile(caller: Caller, cluster: EksCluster, inventory: Inventory | null): void {
  const { name, authenticationMode } = cluster;
  if (authenticationMode === 'API' || accessEntryOf({ caller, inventory }, cluster)) return;
  throw refusal({
    message: `cluster ${name} has no access entry for the caller: in authentication mode ${authenticationMode}, its aws-auth ConfigMap decides`,
    help: `Pass it as FILE: aws-auth-sso explain FILE --caller ARN --cluster ${clusterArgument(cluster)}`,
  });
}

/** Null without `--rbac`. */
async function rbacOf(
  file: string | null,
  options: ExplainOptions,
  shell: Shell,
): Promise<Authorizer | null> {
  if (!givesRbac(options)) return null;
  const { readRbac } = await import('../inputs/rbac.ts');
  const paths = file === null ? [] : [file];
  const [authorizer = null] = await readRbac(options, [{ cluster: null, path: file }], paths, shell);
  return authorizer;
}

/** Null: the profile's identity. */
async function givenArn({ caller }: ExplainOptions, shell: Shell): Promise<string | null> {
  if (caller === undefined) return null;
  return caller === '-' ? arnIn(await readText(shell.io, '-')) : caller.trim();
}

async function explainWithInventory(
  given: string | null,
  explainIn: (cluster: EksCluster | null) => (arn: string, inventory: Inventory | null) => CallerExplanation,
  options: ExplainOptions,
  shell: Shell,
): Promise<CallerExplanation> {
  const { readCallerInventory } = await import('../inputs/inventory.ts');
  return withReading(options, shell, true, async (reading) => {
    const cluster = await readOneCluster(reading);
    const explainTo = explainIn(cluster);
    const arnsFor = (arn: string) => {
      const { caller, nearest } = explainTo(arn, null);
      return [caller.canonicalArn, ...nearest.map((miss) => miss.arn)];
    };
    const question = { caller: given, arnsFor, cluster };
    const { arn, inventory } = await readCallerInventory(question, reading);
    if (inventory) reportUnusedClusters(inventory, reading);
    return explainTo(arn, inventory);
  });
}

function requireConsistentOptions(file: string | null, options: ExplainOptions): void {
  const { caller, aws, inventory, profile, rbac, cluster } = options;
  clusterSelectors(cluster);
  requireConsistent(twoSources(options));
  if (caller === undefined && !aws)
    throw refusal({
      message: '--caller is required',
      help: "Pass the ARN that `aws sts get-caller-identity` prints, or pipe its output into --caller -. With --aws, the default is the profile's identity.",
    });
  if (caller === '-' && [file, ...(rbac ?? [])].includes('-'))
    throw refusal({
      message: `--caller - and ${file === '-' ? 'the ConfigMap' : 'RBAC manifests'} can't both come from stdin`,
      help: 'Pass the rest as files: aws sts get-caller-identity | aws-auth-sso explain FILE --caller -',
    });
  if (aws || inventory || cluster) return;
  if (profile)
    throw refusal({ message: '--profile requires --aws', help: 'Add --aws, or remove --profile.' });
  if (scopeFlags(options).length > 0 || options.excludeAccount)
    throw refusal({
      message: 'account options require --aws or --inventory',
      help: ADD_SOURCE,
    });
}
