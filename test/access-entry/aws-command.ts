import { spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  DisassociateAccessPolicyCommand,
  EKSClient,
  paginateListAccessEntries,
  paginateListAssociatedAccessPolicies,
  UpdateAccessEntryCommand,
  UpdateClusterConfigCommand,
} from '@aws-sdk/client-eks';
import { search } from 'jmespath';
import { onTestFinished } from 'vitest';
import type { Environment } from '../fake-aws/environment.ts';
import { scratch } from '../scratch.ts';
import { type EksModel, printedCommand } from './eks-model.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stand-in for `aws`: returns the output for its arguments, or throws the error that it exits with. */
type AwsCommand = (args: readonly string[]) => string | Promise<string>;

/** @param interrupt sends a signal to the script and its commands, as a terminal does */
export type InterruptingAws = (
  args: readonly string[],
  interrupt: (signal: NodeJS.Signals) => void,
) => string | Promise<string>;

/** A program `aws` as a shell script, until the test ends. */
export async function awsProgram(aws: AwsCommand): Promise<string> {
  const server = await listen(aws);
  onTestFinished(() => void server.close());
  return `#!/bin/bash\n${standIn((server.address() as AddressInfo).port)}\naws "$@"\n`;
}

/** Runs a script with bash, where `aws` is a bash function (faster than a program) and `sleep` does nothing. */
export async function runScript(script: string, aws: InterruptingAws): Promise<Outcome> {
  let pid: number | undefined;
  const server = await listen((args) => aws(args, (signal) => pid && process.kill(-pid, signal)));
  const { port } = server.address() as AddressInfo;
  const folder = await scratch({ 'script.sh': script, 'aws.sh': standIn(port) });
  const ran = runBash(folder, { PATH: process.env.PATH, BASH_ENV: 'aws.sh' }, (started) => {
    pid = started;
  });
  return ran.finally(() => server.close());
}

/** Sends the arguments, ending with an empty one, and reads the exit code and the output. */
function standIn(port: number): string {
  return `aws() {
    local code
    exec 3<> /dev/tcp/127.0.0.1/${port}
    printf '%s\\0' "$@" '' >&3
    read -r code <&3
    if [[ $code == 0 ]]; then cat <&3; else cat <&3 >&2; fi
    exec 3>&-
    return "$code"
  }
  sleep() { :; }`;
}

/** Runs a folder's `script.sh` in that folder. */
export async function runBash(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  onStart: (pid: number | undefined) => void = () => {},
): Promise<Outcome> {
  // Detached, it leads a process group, which a signal can reach.
  const child = spawn('bash', ['script.sh'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  onStart(child.pid);
  const code = new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

async function listen(aws: AwsCommand): Promise<Server> {
  const server = createServer((socket) => {
    let sent = '';
    // An interrupted command reads no answer.
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8').on('data', async (chunk) => {
      sent += chunk;
      if (!sent.endsWith('\0\0')) return;
      socket.end(await answer(aws, sent.slice(0, -2).split('\0')));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function answer(aws: AwsCommand, args: readonly string[]): Promise<string> {
  try {
    return `0\n${await aws(args)}`;
  } catch (error) {
    return `254\n\n${error}\n`;
  }
}

/**
 * `aws eks …` through the SDK, limited to what the script needs.
 * @param version prints times in ISO 8601 (2) or in seconds since 1970 (1)
 */
export function awsCommand(env: Environment, version: 1 | 2 = 2): AwsCommand {
  return async ([service, operation = '', ...args]) => {
    if (service === 'eks' && operation === 'wait') return '';
    const {
      'cli-input-json': given = '{}',
      region = env.AWS_REGION,
      query,
      output,
      ...others
    } = optionsIn(args);
    if (service !== 'eks') throw new Error(`aws: unknown service ${service}`);
    const fields = Object.entries(others).map(([name, value]) => [
      camelCase(name),
      name === 'tags' ? JSON.parse(value ?? '') : name === 'access-config' ? shorthandOf(value) : value,
    ]);
    const input = { ...JSON.parse(given), ...Object.fromEntries(fields) };
    const { AWS_ENDPOINT_URL: endpoint = '', AWS_ACCESS_KEY_ID: accessKeyId = '' } = env;
    const credentials = { accessKeyId, secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' };
    const place = { endpoint, region: region ?? env.AWS_REGION ?? '' };
    const client = new EKSClient({ ...place, credentials, maxAttempts: 1 });
    const answer = await send(client, operation, input)
      .catch(({ name, message }) => {
        throw new Error(`An error occurred (${name}) when calling ${operation}: ${message}`);
      })
      .finally(() => client.destroy());
    const json = JSON.parse(JSON.stringify(answer, timesOf(version)));
    const shown = query === undefined ? json : search(json, query);
    return output === 'text' ? textOf(shown) : `${JSON.stringify(shown, null, 4)}\n`;
  };
}

/** `aws eks …` on a model of one cluster, without a server. */
export function modelCommand(model: EksModel): AwsCommand {
  return ([, operation = '', ...args]) => {
    const {
      'cli-input-json': given = '{}',
      'policy-arn': policyArn,
      type,
      query = '',
      ...rest
    } = optionsIn(args);
    const principalArn = rest['principal-arn'];
    const { name, arn, authenticationMode } = model.snapshot();
    const entry = model.entries.get(principalArn ?? '');
    const answers: Readonly<Record<string, () => object>> = {
      'describe-cluster': () => ({ cluster: { name, arn, accessConfig: { authenticationMode } } }),
      'list-access-entries': () => ({ accessEntries: [...model.entries.keys()] }),
      'describe-access-entry': () => ({ accessEntry: entry }),
      'list-associated-access-policies': () => ({
        associatedAccessPolicies: entry?.policies.map(({ policyArn: policy, scope }) => ({
          policyArn: policy,
          accessScope: scope === 'cluster' ? { type: 'cluster' } : { type: 'namespace', ...scope },
        })),
      }),
    };
    const read = answers[operation];
    if (read) return textOf(search(JSON.parse(JSON.stringify(read())), query));
    const more = { ...(policyArn !== undefined && { policyArn }), ...(type !== undefined && { type }) };
    model.apply(operation, { principalArn, ...more, ...JSON.parse(given) });
    return '';
  };
}

/** Runs a command as help texts print it. */
export async function runPrinted(line: string, env: Environment): Promise<void> {
  const { operation, input } = printedCommand(line);
  await awsCommand(env)(['eks', operation, '--cli-input-json', JSON.stringify(input)]);
}

/** The commands in help texts. */
export function printedCommands(stderr: string): string[] {
  return stderr.split('\n').flatMap((line) => (line.startsWith('  aws eks ') ? [line.trim()] : []));
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

// biome-ignore lint/suspicious/noExplicitAny: EKS validates the script's input
function send(client: EKSClient, operation: string, input: any): Promise<object> {
  switch (operation) {
    case 'list-access-entries':
      return all(paginateListAccessEntries({ client }, input), 'accessEntries');
    case 'list-associated-access-policies':
      return all(paginateListAssociatedAccessPolicies({ client }, input), 'associatedAccessPolicies');
    case 'describe-cluster':
      return client.send(new DescribeClusterCommand(input));
    case 'update-cluster-config':
      return client.send(new UpdateClusterConfigCommand(input));
    case 'describe-access-entry':
      return client.send(new DescribeAccessEntryCommand(input));
    case 'create-access-entry':
      return client.send(new CreateAccessEntryCommand(input));
    case 'delete-access-entry':
      return client.send(new DeleteAccessEntryCommand(input));
    case 'update-access-entry':
      return client.send(new UpdateAccessEntryCommand(input));
    case 'disassociate-access-policy':
      return client.send(new DisassociateAccessPolicyCommand(input));
    case 'associate-access-policy':
      return client.send(new AssociateAccessPolicyCommand(input));
    default:
      throw new Error(`aws: unknown operation ${operation}`);
  }
}

/** `name=value` in the AWS CLI's shorthand syntax. */
function shorthandOf(value = ''): object {
  return Object.fromEntries([value.split('=', 2)]);
}

async function all<Name extends string>(
  pages: AsyncIterable<{ readonly [key in Name]?: readonly unknown[] | undefined }>,
  name: Name,
): Promise<object> {
  const items: unknown[] = [];
  for await (const page of pages) items.push(...(page[name] ?? []));
  return { [name]: items };
}

function timesOf(
  version: 1 | 2,
): (this: Readonly<Record<string, unknown>>, key: string, value: unknown) => unknown {
  return function (key, value) {
    const time = this[key];
    if (!(time instanceof Date)) return value;
    return version === 1 ? time.getTime() / 1000 : time.toISOString().replace('Z', '000+00:00');
  };
}

/** Like `--output text` of the AWS CLI: a line for each list of strings. */
function textOf(shown: unknown): string {
  if (!Array.isArray(shown)) return `${shown}\n`;
  const rows = shown.every((item) => Array.isArray(item)) ? shown : [shown];
  return rows.map((row) => `${row.join('\t')}\n`).join('');
}

function camelCase(option: string): string {
  return option.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
