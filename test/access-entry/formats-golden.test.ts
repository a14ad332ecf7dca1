import { expect, it } from 'vitest';
import type { EksCluster } from '../../src/directory/model.ts';
import { run } from '../cli/run.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { describeGolden, expectOutcome } from '../golden-case.ts';
import { lineDifference } from '../line-difference.ts';
import { scratch } from '../scratch.ts';
import { optionsIn, runScript } from './aws-command.ts';
import { readAck, readCloudFormation, readEksctl, readTerraform, readTerraformModule } from './readers.ts';

/** The options of a case. */
interface Options {
  /** Partitions with a region, in which the output has other ARNs and that region, and is the same otherwise. */
  readonly partitions?: Readonly<Record<string, string>>;
  /** Permission sets with a role in the account; default: the config's. */
  readonly permissionSets: readonly string[];
  /** EKS clusters in the snapshot. */
  readonly clusters?: readonly EksCluster[];
  /** Further options of the command; default: a cluster by name. */
  readonly options?: readonly string[];
  /** Default all. */
  readonly formats?: readonly string[];
}

const FORMATS = ['aws-cli', 'cloudformation', 'terraform', 'terraform-module', 'eksctl', 'ack'];
const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';

/** After the name of a section: compared with that of an earlier case, and only the difference is there. */
const DIFF = ' | diff';

const READERS = {
  cloudformation: readCloudFormation,
  terraform: readTerraform,
  'terraform-module': readTerraformModule,
  eksctl: readEksctl,
  ack: readAck,
};
/** Number of texts compared with another reader's result, or the script's. */
const compared = { read: 0, run: 0 };

const SECTIONS = ['config.yaml', 'options.json', 'messages', ...FORMATS, `aws-cli${DIFF}`];

describeGolden('access-entries', SECTIONS, (golden, { cases }) => {
  const options: Options = JSON.parse(golden.sections.get('options.json') ?? '{}');
  const { partitions = {}, formats = FORMATS } = options;

  async function write(format: string, partition = 'aws', region = REGION) {
    const there = (text: string) => inPartition(text, partition, region);
    const roles = options.permissionSets.map((set) => role(ACCOUNT, set));
    const { clusters = [] } = options;
    const known = inventory([account(ACCOUNT, 'prod')], roles, { partition, clusters });
    const cwd = await scratch({
      'inventory.json': there(snapshotText(known)),
      'config.yaml': there(golden.sections.get('config.yaml') ?? ''),
    });
    const further = (options.options ?? ['--cluster', 'prod'])
      .filter((option) => option !== '--import' || format === 'terraform')
      .map(there);
    const argv = ['access-entries', '-c', 'config.yaml', '--inventory', 'inventory.json', '-o', format];
    return run([...argv, ...further], { cwd, env: { AWS_REGION: REGION } });
  }

  it('gives the expected text and messages', async () => {
    const outcome: Record<string, string | undefined> = { messages: undefined };
    for (const format of formats) {
      const { stdout, stderr } = await write(format);
      const earlier = cases.slice(0, cases.indexOf(golden)).map(({ sections }) => sections.get(format));
      const above = earlier.findLast((text) => text !== undefined);
      if (golden.sections.has(format + DIFF)) outcome[format + DIFF] = lineDifference(above ?? '', stdout);
      else outcome[format] = stdout;
      outcome.messages ??= stderr;
    }
    expectOutcome(golden, outcome);
  });

  it.each(Object.entries(partitions))('differs only by ARNs and region in %s', async (...partition) => {
    for (const format of ['json', ...formats]) {
      const [here, there] = [await write(format), await write(format, ...partition)];
      expect(there).toEqual({
        exitCode: 0,
        stdout: inPartition(here.stdout, ...partition),
        stderr: inPartition(here.stderr, ...partition),
      });
    }
  });

  it('has the same meaning in each format for another reader', async () => {
    const { entries } = JSON.parse((await write('json')).stdout);
    expect(entries).not.toEqual([]);
    for (const [format, read] of Object.entries(READERS)) {
      if (!formats.includes(format)) continue;
      expect(read((await write(format)).stdout).map(({ cluster: _, ...entry }) => entry)).toEqual(entries);
      compared.read += 1;
    }
  });

  if (!formats.includes('aws-cli')) return;

  it('creates the same entries with the AWS CLI', async () => {
    const { entries } = JSON.parse((await write('json')).stdout);
    const created: Record<string, unknown>[] = [];
    const { code, stderr } = await runScript((await write('aws-cli')).stdout, ([, operation, ...args]) => {
      if (operation === 'describe-cluster')
        return options.options?.find((option) => option.startsWith('arn:')) ?? 'arn';
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
    compared.run += 1;
  });
});

function inPartition(text: string, partition: string, region: string): string {
  return text.replaceAll('arn:aws:', `arn:${partition}:`).replaceAll(REGION, region);
}

it('compares every format in some case', () => {
  expect(compared.read).toBeGreaterThanOrEqual(Object.keys(READERS).length);
  expect(compared.run).toBeGreaterThan(0);
});
