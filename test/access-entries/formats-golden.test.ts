import { expect, it } from 'vitest';
import type { EksCluster } from '../../src/inventory/model.ts';
import { run } from '../cli/run.ts';
import { describeGolden, expectOutcome } from '../golden-case.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { optionsIn, runScript } from './aws-command.ts';
import { readCloudFormation, readEksctl, readTerraform, readTerraformModule } from './readers.ts';

/** The options of a case. */
interface Options {
  /** Default `aws`. */
  readonly partition?: string;
  /** Permission sets with a role in the account; default: the config's. */
  readonly permissionSets: readonly string[];
  /** EKS clusters in the snapshot. */
  readonly clusters?: readonly EksCluster[];
  /** Further options of the command; default: a cluster by name. */
  readonly options?: readonly string[];
  /** Default all. */
  readonly formats?: readonly string[];
}

const FORMATS = ['aws-cli', 'cloudformation', 'terraform', 'terraform-module', 'eksctl'];
const ACCOUNT = '111122223333';

const READERS = {
  cloudformation: readCloudFormation,
  terraform: readTerraform,
  'terraform-module': readTerraformModule,
  eksctl: readEksctl,
};
/** Number of texts compared with another reader's result, or the script's. */
const compared = { read: 0, run: 0 };

describeGolden('access-entries', ['config.yaml', 'options.json', 'messages', ...FORMATS], (golden) => {
  const options: Options = JSON.parse(golden.sections.get('options.json') ?? '{}');
  const { partition = 'aws', formats = FORMATS } = options;
  const inPartition = (text: string) => text.replaceAll('arn:aws:', `arn:${partition}:`);

  async function write(format: string) {
    const roles = options.permissionSets.map((set) => role(ACCOUNT, set));
    const { clusters = [] } = options;
    const known = inventory([account(ACCOUNT, 'prod')], roles, { partition, clusters });
    const cwd = await scratch({
      'inventory.json': inPartition(snapshotText(known)),
      'config.yaml': inPartition(golden.sections.get('config.yaml') ?? ''),
    });
    const further = (options.options ?? ['--cluster', 'prod'])
      .filter((option) => option !== '--import' || format === 'terraform')
      .map(inPartition);
    const argv = ['access-entries', '-c', 'config.yaml', '--inventory', 'inventory.json', '-o', format];
    return run([...argv, ...further], { cwd, env: { AWS_REGION: 'eu-central-1' } });
  }

  it('gives the expected text and messages', async () => {
    const outcome: Record<string, string | undefined> = { messages: undefined };
    for (const format of formats) {
      const { stdout, stderr } = await write(format);
      outcome[format] = stdout;
      outcome.messages ??= stderr;
    }
    expectOutcome(golden, outcome);
  });

  it('has the same meaning in each format for another reader', async () => {
    const { entries } = JSON.parse((await write('json')).stdout);
    expect(entries).not.toEqual([]);
    for (const [format, read] of Object.entries(READERS)) {
      const text = golden.sections.get(format);
      if (text === undefined) continue;
      expect(read(text).map(({ cluster: _, ...entry }) => entry)).toEqual(entries);
    }
  });

  compared.read += Object.keys(READERS).filter((format) => golden.sections.has(format)).length;
  const script = golden.sections.get('aws-cli');
  if (script === undefined) return;
  compared.run += 1;

  it('creates the same entries with the AWS CLI', async () => {
    const { entries } = JSON.parse((await write('json')).stdout);
    const created: Record<string, unknown>[] = [];
    const { code, stderr } = await runScript(script, ([, operation, ...args]) => {
      if (operation === 'describe-cluster')
        return inPartition(options.options?.find((option) => option.startsWith('arn:')) ?? 'arn');
      const { 'cli-input-json': json = '', ...given } = optionsIn(args);
      const [principalArn, type] = [given['principal-arn'], given.type];
      if (operation === 'create-access-entry')
        created.push({
          principalArn,
          type,
          username: null,
          kubernetesGroups: [],
          ...JSON.parse(json),
          policies: [],
        });
      if (operation === 'associate-access-policy') {
        const policy = { policyArn: given['policy-arn'], scope: JSON.parse(json).accessScope.type };
        created.push({ ...created.pop(), policies: [policy] });
      }
      return '';
    });
    expect({ code, stderr, created }).toEqual({ code: 0, stderr: '', created: entries });
  });
});

it('compares every format in some case', () => {
  expect(compared.read).toBeGreaterThanOrEqual(Object.keys(READERS).length);
  expect(compared.run).toBeGreaterThan(0);
});
