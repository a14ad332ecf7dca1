import type { EksCluster, ExistingAccessEntry } from '../../src/directory/model.ts';
import { defaultUsername } from '../../src/eks.ts';

/** EKS's undocumented handling of an update without a username. */
type Omitted = 'kept' | 'reset';

/** A model of one cluster's access entries that applies AWS CLI commands the way EKS does, without a server. */
export class EksModel {
  readonly entries: Map<string, ExistingAccessEntry>;
  private readonly cluster: EksCluster;
  private readonly omitted: Omitted;

  constructor(cluster: EksCluster, omitted: Omitted) {
    this.cluster = cluster;
    this.omitted = omitted;
    this.entries = new Map(cluster.accessEntries.map((entry) => [entry.principalArn, entry]));
  }

  /** The cluster's current state. */
  snapshot(): EksCluster {
    return { ...this.cluster, accessEntries: [...this.entries.values()] };
  }

  /**
   * Runs a printed command.
   * @throws Error if EKS or the AWS CLI would reject it
   */
  run(line: string): void {
    const { operation, region, input: given } = printedCommand(line);
    const { clusterName, ...input } = given;
    if (clusterName !== this.cluster.name) throw new Error(`another cluster: ${line}`);
    if (region !== this.cluster.arn.split(':')[3]) throw new Error(`another region: ${line}`);
    this.apply(operation, input);
  }

  /** @throws Error if EKS would reject it */
  apply(operation: string, input: Readonly<Record<string, unknown>>): void {
    const { principalArn, ...rest } = input;
    if (typeof principalArn !== 'string') throw new Error(`no principal: ${JSON.stringify(input)}`);
    if (operation === 'create-access-entry') {
      this.create(principalArn, rest);
      return;
    }
    const entry = this.entries.get(principalArn);
    if (!entry) throw new Error(`ResourceNotFoundException: ${principalArn}`);
    const change = { ...entry, ...this.changed(operation, entry, rest) };
    if (operation === 'delete-access-entry') this.entries.delete(principalArn);
    else this.entries.set(principalArn, change);
  }

  private create(
    principalArn: string,
    { type, username, kubernetesGroups, ...rest }: Record<string, unknown>,
  ): void {
    if (this.entries.has(principalArn)) throw new Error(`ResourceInUseException: ${principalArn}`);
    if (typeof type !== 'string') throw new Error('no type');
    const isNode = type !== 'STANDARD';
    if (isNode && (username !== undefined || kubernetesGroups !== undefined))
      throw new Error('names of nodes');
    requireNothing(rest);
    this.entries.set(principalArn, {
      principalArn,
      type,
      username: isNode ? null : (nameIn(username) ?? defaultUsername(principalArn)),
      kubernetesGroups: groupsIn(kubernetesGroups) ?? [],
      policies: [],
      createdAt: '2026-10-01T00:00:00.000Z',
    });
  }

  private changed(
    operation: string,
    { principalArn, type, username: before, policies }: ExistingAccessEntry,
    { username, kubernetesGroups, policyArn, accessScope, ...rest }: Record<string, unknown>,
  ): Partial<ExistingAccessEntry> {
    requireNothing(rest);
    const others = policies.filter((policy) => policy.policyArn !== policyArn);
    switch (operation) {
      case 'delete-access-entry':
        return {};
      case 'update-access-entry': {
        if (type !== 'STANDARD') throw new Error(`${type} takes no names`);
        const left = this.omitted === 'kept' ? before : defaultUsername(principalArn);
        return { username: nameIn(username) ?? left, kubernetesGroups: groupsIn(kubernetesGroups) ?? [] };
      }
      case 'associate-access-policy':
        if (type !== 'STANDARD' && type !== 'EC2') throw new Error(`${type} takes no policies`);
        if (typeof policyArn !== 'string') throw new Error('no policy');
        return { policies: [...others, { policyArn, scope: scopeIn(accessScope) }] };
      case 'disassociate-access-policy':
        if (others.length === policies.length) throw new Error(`ResourceNotFoundException: ${policyArn}`);
        return { policies: others };
      default:
        throw new Error(`unknown operation ${operation}`);
    }
  }
}

/** A printed AWS CLI command for EKS. */
export function printedCommand(line: string): {
  readonly operation: string;
  readonly region: string | null;
  readonly input: Readonly<Record<string, unknown>>;
} {
  const [aws, eks, operation = '', ...args] = shellWords(line);
  if (aws !== 'aws' || eks !== 'eks') throw new Error(`no command of EKS: ${line}`);
  const { region = null, ...input } = inputOf(args);
  return { operation, region: typeof region === 'string' ? region : null, input };
}

/** The words of a shell line without expansions. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:'[^']*'|\\.|[^\s'\\])+/g))
    words.push(
      word.replace(/'([^']*)'|\\(.)/g, (_, quoted?: string, escaped?: string) => quoted ?? escaped ?? ''),
    );
  return words;
}

function inputOf(args: readonly string[]): Record<string, unknown> {
  const options: [string, ...string[]][] = [];
  for (const word of args) {
    if (word.startsWith('--')) options.push([word.slice(2)]);
    else options.at(-1)?.push(word);
  }
  return Object.assign(
    {},
    ...options.map(([option, ...values]): object => {
      const name = option.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      if (name === 'cliInputJson') return JSON.parse(values.join(' '));
      if (name === 'kubernetesGroups') return { [name]: values };
      if (values.length !== 1) throw new Error(`--${option} has ${values.length} values`);
      return { [name]: name === 'accessScope' ? shortScope(values.join()) : values[0] };
    }),
  );
}

function shortScope(text: string): object {
  const [, type, namespaces] = /^type=(\w+)(?:,namespaces=(.*))?$/.exec(text) ?? [];
  return { type, ...(namespaces !== undefined && { namespaces: namespaces.split(',') }) };
}

function scopeIn(value: unknown): 'cluster' | { readonly namespaces: readonly string[] } {
  const { type, namespaces } = Object(value) as { readonly [key: string]: unknown };
  if (type === 'cluster' && namespaces === undefined) return 'cluster';
  const names = groupsOf(namespaces);
  if (type !== 'namespace' || names.length === 0) throw new Error(`no scope: ${JSON.stringify(value)}`);
  return { namespaces: names };
}

/** Rejects usernames and groups that EKS rejects: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
function nameIn(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw new Error('no username');
  if (/^(?:system|eks|aws|amazon|iam):/.test(value)) throw new Error(`reserved username ${value}`);
  const [before = ''] = value.split('{{SessionName');
  if (before !== value && !before.includes(':')) throw new Error(`no colon in ${value}`);
  return value;
}

function groupsIn(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const groups = groupsOf(value);
  const refused = groups.find((group) => group === '' || group.startsWith('system:'));
  if (refused !== undefined) throw new Error(`reserved group ${refused}`);
  return groups;
}

function groupsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new Error(`no list of strings: ${JSON.stringify(value)}`);
  return value;
}

function requireNothing(rest: object): void {
  const [name] = Object.keys(rest);
  if (name !== undefined) throw new Error(`unknown parameter ${name}`);
}
