import { arnIn, requireCaller } from '../../access/named-caller.ts';
import { readDocument } from '../../configmap/document.ts';
import { refusal } from '../../errors.ts';
import type { EksCluster } from '../../inventory/model.ts';
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
  rbacInputs,
  requireConsistent,
  twoSources,
} from '../options.ts';
import { addQuestionOptions, type QuestionOptions, requireAnswerable } from '../question-options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type ExplainFormat, renderExplanation } from './explain-output.ts';
import { CallerExplainer, type Explained, type GivenSources, isAllowed } from './explained.ts';

interface ExplainOptions extends CommonOptions, RbacOptions, QuestionOptions {
  readonly output: ExplainFormat;
  readonly caller?: string;
  readonly user?: string;
  readonly aws?: boolean;
  readonly cluster?: string;
}

export const explainCommand = defineCommand(
  'explain',
  { file: 'one', config: 'AWS settings', reads: 'AWS or snapshots' },
  (command) =>
    addRbacOption(
      addQuestionOptions(
        command
          .option('--caller <arn>', 'caller ARN; - reads `aws sts get-caller-identity`')
          .option('--user <name>', 'explain each role of this Identity Center user')
          .option('--aws', 'check roles in AWS; --caller defaults to your identity'),
        "say if the caller can do this, such as 'list pods'; repeatable",
        'namespace for --can; alone, list permissions there',
      ),
    )
      .addOption(clusterOption('read access entries; FILE optional'))
      .addOption(outputOption('text', 'json')),
  explain,
);

/** @param file null: only access entries are known */
async function explain(options: ExplainOptions, shell: Shell, file: string | null): Promise<Outcome> {
  await requireConsistentOptions(file, options);
  const { user, output } = options;
  const given = user === undefined ? await givenArn(options, shell) : null;
  if (given !== null) requireCaller(given);
  const document = file === null ? null : readDocument(await readText(shell.io, file), inputName(file));
  const sources = {
    document,
    rbacOf: (cluster: EksCluster | null) => rbacOf(file, cluster, options, shell),
  };
  if (user !== undefined) {
    const { explainUser } = await import('./explain-user.ts');
    return explainUser({ ...options, user }, sources, file, shell);
  }
  const isOffline = given !== null && !options.aws && !options.inventory && !options.cluster;
  const explained = isOffline
    ? (await CallerExplainer.of(sources, null, options, shell)).explain(requireCaller(given), null, false)
    : await explainWithInventory(given, file, sources, options, shell);
  return {
    stdout: await renderExplanation(explained, document?.file ?? null, output),
    exitCode: isAllowed(explained) ? 0 : 1,
  };
}

/** Null without `--rbac`. */
async function rbacOf(
  file: string | null,
  cluster: EksCluster | null,
  options: ExplainOptions,
  shell: Shell,
): Promise<Authorizer | null> {
  if (!givesRbac(options)) return null;
  const { readRbacOfOne } = await import('../inputs/rbac.ts');
  return readRbacOfOne(options, file, cluster ?? clusterSelectors(options.cluster)[0] ?? null, shell);
}

/** Null: the profile's identity. */
async function givenArn({ caller }: ExplainOptions, shell: Shell): Promise<string | null> {
  if (caller === undefined) return null;
  return caller === '-' ? arnIn(await readText(shell.io, '-')) : caller.trim();
}

async function explainWithInventory(
  given: string | null,
  file: string | null,
  sources: GivenSources,
  options: ExplainOptions,
  shell: Shell,
): Promise<Explained> {
  const { readCallerInventory } = await import('../inputs/inventory.ts');
  return withReading(options, shell, true, async (reading) => {
    const cluster = await readOneCluster(reading, file);
    const explainer = await CallerExplainer.of(sources, cluster, options, shell);
    const arnsFor = (arn: string) => {
      const { caller, nearest } = explainer.explain(requireCaller(arn), null, false).explanation;
      return [caller.canonicalArn, ...nearest.map((miss) => miss.arn)];
    };
    const { arn, inventory, isLive } = await readCallerInventory(
      { caller: given, arnsFor, cluster },
      reading,
    );
    if (inventory) reportUnusedClusters(inventory, reading, true);
    return explainer.explain(requireCaller(arn), inventory, isLive);
  });
}

async function requireConsistentOptions(file: string | null, options: ExplainOptions): Promise<void> {
  const { caller, user, aws, inventory, profile, cluster } = options;
  clusterSelectors(cluster);
  requireConsistent(
    twoSources(options),
    [
      user !== undefined && caller !== undefined,
      "--user can't be used with --caller",
      'With --user, the callers are the roles that are assigned to the user.',
    ],
    [user !== undefined && aws, "--user can't be used with --aws", '--user reads AWS anyway. Remove --aws.'],
  );
  await requireAnswerable(options, true);
  if (caller === undefined && user === undefined && !aws)
    throw refusal({
      message: '--caller is required',
      help: "Pass the ARN that `aws sts get-caller-identity` prints, or pipe its output into --caller -. With --aws, the default is the profile's identity; --user NAME explains each role of a user.",
    });
  if (caller === '-' && [file, ...rbacInputs(options).map(({ path }) => path)].includes('-'))
    throw refusal({
      message: `--caller - and ${file === '-' ? 'the ConfigMap' : 'RBAC manifests'} can't both come from stdin`,
      help: 'Pass the rest as files: aws sts get-caller-identity | aws-auth-sso explain FILE --caller -',
    });
  if (aws || inventory || cluster || user !== undefined) return;
  if (profile)
    throw refusal({ message: '--profile requires --aws', help: 'Add --aws, or remove --profile.' });
  if (scopeFlags(options).length > 0 || options.excludeAccount)
    throw refusal({
      message: 'account options require --aws or --inventory',
      help: ADD_SOURCE,
    });
}
