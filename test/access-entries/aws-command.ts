import { spawn } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DescribeAccessEntryCommand,
  EKSClient,
  paginateListAccessEntries,
  paginateListAssociatedAccessPolicies,
  UpdateAccessEntryCommand,
} from '@aws-sdk/client-eks';
import { search } from 'jmespath';
import { onTestFinished } from 'vitest';
import type { Environment } from '../fake-aws/environment.ts';
import { scratch } from '../scratch.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command `aws` does for its arguments: what it prints, or an error that it ends with. */
type AwsCommand = (args: readonly string[]) => string | Promise<string>;

/** Runs a script with bash, where `aws` is a stand-in. */
export async function runScript(script: string, aws: AwsCommand): Promise<Outcome> {
  const url = await listen(aws);
  const client = `fetch(${JSON.stringify(url)}, { method: 'POST', body: JSON.stringify(process.argv.slice(2)) })
    .then((response) => response.json())
    .then(({ code, stdout, stderr }) => {
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      process.exitCode = code;
    });`;
  const folder = await scratch({
    'script.sh': script,
    'aws.cjs': client,
    aws: `#!/bin/sh\nexec '${process.execPath}' "$0.cjs" "$@"\n`,
  });
  await chmod(join(folder, 'aws'), 0o755);
  return runBash(folder, { PATH: `${folder}:${process.env.PATH}` });
}

/** Runs `script.sh` of a folder, in that folder. */
export async function runBash(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Outcome> {
  const child = spawn('bash', ['script.sh'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

async function listen(aws: AwsCommand): Promise<string> {
  const server = createServer(async (request, response) => {
    const args: string[] = JSON.parse(await text(request));
    const outcome = await Promise.resolve(args)
      .then(aws)
      .then(
        (stdout) => ({ code: 0, stdout, stderr: '' }),
        (error) => ({ code: 254, stdout: '', stderr: `\n${error}\n` }),
      );
    response.end(JSON.stringify(outcome));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** `aws eks …` over the SDK, as far as the script needs it. */
export function awsCommand(env: Environment): AwsCommand {
  return async ([service, operation = '', ...args]) => {
    const {
      'cli-input-json': json = '{}',
      region = env.AWS_REGION,
      query,
      output,
      ...given
    } = optionsIn(args);
    if (service !== 'eks') throw new Error(`aws: unknown service ${service}`);
    const fields = Object.entries(given).map(([name, value]) => [camelCase(name), value]);
    const input = { ...JSON.parse(json), ...Object.fromEntries(fields) };
    const { AWS_ENDPOINT_URL: endpoint = '', AWS_ACCESS_KEY_ID: accessKeyId = '' } = env;
    const credentials = { accessKeyId, secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' };
    const place = { endpoint, region: region ?? env.AWS_REGION ?? '' };
    const client = new EKSClient({ ...place, credentials, maxAttempts: 1 });
    const answer = await send(client, operation, input).finally(() => client.destroy());
    const shown = query === undefined ? answer : search(answer, query);
    return output === 'text' ? textOf(shown) : `${JSON.stringify(shown, null, 4)}\n`;
  };
}

/** Every option of the script has a value. */
export function optionsIn(args: readonly string[]): Record<string, string | undefined> {
  const options: Record<string, string> = {};
  for (let index = 0; index < args.length; index += 2) {
    const [, name = ''] = /^--([a-z-]+)$/.exec(args[index] ?? '') ?? [];
    const value = args[index + 1];
    if (name === '' || value === undefined) throw new Error(`aws: unknown option ${args[index]}`);
    options[name] = value;
  }
  return options;
}

// biome-ignore lint/suspicious/noExplicitAny: what the script says is for EKS to judge
function send(client: EKSClient, operation: string, input: any): Promise<object> {
  switch (operation) {
    case 'list-access-entries':
      return all(paginateListAccessEntries({ client }, input), 'accessEntries');
    case 'list-associated-access-policies':
      return all(paginateListAssociatedAccessPolicies({ client }, input), 'associatedAccessPolicies');
    case 'describe-access-entry':
      return client.send(new DescribeAccessEntryCommand(input));
    case 'create-access-entry':
      return client.send(new CreateAccessEntryCommand(input));
    case 'update-access-entry':
      return client.send(new UpdateAccessEntryCommand(input));
    case 'associate-access-policy':
      return client.send(new AssociateAccessPolicyCommand(input));
    default:
      throw new Error(`aws: unknown operation ${operation}`);
  }
}

async function all<Name extends string>(
  pages: AsyncIterable<{ readonly [key in Name]?: readonly unknown[] | undefined }>,
  name: Name,
): Promise<object> {
  const items: unknown[] = [];
  for await (const page of pages) items.push(...(page[name] ?? []));
  return { [name]: items };
}

/** As `--output text` of the AWS CLI: a line for each list of strings. */
function textOf(shown: unknown): string {
  if (!Array.isArray(shown)) return `${shown}\n`;
  const rows = shown.every((item) => Array.isArray(item)) ? shown : [shown];
  return rows.map((row) => `${row.join('\t')}\n`).join('');
}

function camelCase(option: string): string {
  return option.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
