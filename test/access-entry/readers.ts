import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { defineScalarTag, load, loadAll, YAML11_SCHEMA } from 'js-yaml';
import type { AccessEntry } from '../../src/eks.ts';

// Readers of the formats, independent of the renderers: tests compare the input with what they read.

interface ReadScope {
  readonly type: string;
  readonly namespaces?: readonly string[];
}

/** An entry as read from a format, with the cluster name. */
interface ReadEntry extends AccessEntry {
  readonly cluster: string;
  /** Missing: none. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Parses with the rules of YAML 1.1, where fewer words are strings; `!Ref X` becomes `Ref X`. */
function readYaml(text: string): unknown {
  const ref = defineScalarTag('!Ref', { resolve: (name) => `Ref ${name}`, identify: () => false });
  return load(text, { schema: YAML11_SCHEMA.withTags(ref) });
}

/**
 * The access entry part of eksctl's schema (pkg/apis/eksctl.io/v1alpha5/assets/schema.json), with its code's
 * requirements.
 */
const EKSCTL_SCHEMA = {
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'accessConfig'],
  additionalProperties: false,
  properties: {
    apiVersion: { const: 'eksctl.io/v1alpha5' },
    kind: { const: 'ClusterConfig' },
    metadata: {
      type: 'object',
      required: ['name', 'region'],
      additionalProperties: false,
      properties: {
        name: { type: 'string' },
        region: { type: 'string' },
        tags: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    accessConfig: {
      type: 'object',
      required: ['accessEntries'],
      additionalProperties: false,
      properties: {
        accessEntries: {
          type: 'array',
          items: {
            type: 'object',
            required: ['principalARN'],
            additionalProperties: false,
            properties: {
              principalARN: { type: 'string', pattern: '^arn:' },
              type: {
                enum: ['STANDARD', 'EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'HYBRID_LINUX', 'EC2'],
              },
              kubernetesGroups: { type: 'array', items: { type: 'string' } },
              kubernetesUsername: { type: 'string' },
              accessPolicies: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['policyARN', 'accessScope'],
                  additionalProperties: false,
                  properties: {
                    policyARN: { type: 'string', pattern: '^arn:[^:]+:eks::aws:cluster-access-policy/' },
                    accessScope: {
                      type: 'object',
                      required: ['type'],
                      additionalProperties: false,
                      properties: {
                        type: { enum: ['cluster', 'namespace'] },
                        namespaces: { type: 'array', minItems: 1, items: { type: 'string' } },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

interface EksctlFile {
  readonly metadata: {
    readonly name: string;
    readonly region: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
  readonly accessConfig: {
    readonly accessEntries: readonly {
      readonly principalARN: string;
      readonly type?: string;
      readonly kubernetesUsername?: string;
      readonly kubernetesGroups?: readonly string[];
      readonly accessPolicies?: readonly { readonly policyARN: string; readonly accessScope: ReadScope }[];
    }[];
  };
}

const validateEksctl = new Ajv().compile<EksctlFile>(EKSCTL_SCHEMA);

/** @throws Error if it violates eksctl's schema */
export function readEksctl(text: string): ReadEntry[] {
  const file = readYaml(text);
  if (!validateEksctl(file)) throw new Error(JSON.stringify(validateEksctl.errors));
  return file.accessConfig.accessEntries.map((entry) => ({
    cluster: `${file.metadata.region} ${file.metadata.name}`,
    principalArn: entry.principalARN,
    type: entry.type ?? 'STANDARD',
    username: entry.kubernetesUsername ?? null,
    kubernetesGroups: entry.kubernetesGroups ?? [],
    policies: (entry.accessPolicies ?? []).map(({ policyARN, accessScope }) => ({
      policyArn: policyARN,
      scope: scopeOf(accessScope),
    })),
    ...(file.metadata.tags && { tags: file.metadata.tags }),
  }));
}

/** The CustomResourceDefinition of ACK's access entries, which a test cluster can install. */
export const ACK_CRD = join(import.meta.dirname, 'ack-crd.yaml');

interface AckObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly clusterName: string;
    readonly principalARN: string;
    readonly type?: string;
    readonly username?: string;
    readonly kubernetesGroups?: readonly string[];
    readonly accessPolicies?: readonly { readonly policyARN: string; readonly accessScope: ReadScope }[];
    readonly tags?: Readonly<Record<string, string>>;
  };
}

/** A schema that refuses unknown fields, as `kubectl apply` does; metadata may have any. */
function strict(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  const inner = Object.entries(schema).map(([key, value]) => [key, strict(value)] as const);
  return { ...('properties' in schema && { additionalProperties: false }), ...Object.fromEntries(inner) };
}

const [ACK_VERSION] = (
  load(readFileSync(ACK_CRD, 'utf8')) as { spec: { versions: { schema: { openAPIV3Schema: object } }[] } }
).spec.versions;
const validateAck = new Ajv({ strict: false }).compile<AckObject>(
  strict(ACK_VERSION?.schema.openAPIV3Schema) as object,
);

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/**
 * The objects, by name.
 * @throws Error if one violates the CRD's schema, or if a name is invalid or used twice
 */
export function readAckObjects(text: string): ReadonlyMap<string, AckObject> {
  const objects = new Map<string, AckObject>();
  for (const object of loadAll(text, { schema: YAML11_SCHEMA })) {
    if (object === null) continue;
    if (!validateAck(object)) throw new Error(JSON.stringify(validateAck.errors));
    const { name, annotations, ...others } = object.metadata;
    if (!SUBDOMAIN.test(name) || objects.has(name)) throw new Error(`name ${name}`);
    if (Object.keys(others).length > 0) throw new Error(`metadata ${Object.keys(others)}`);
    if (`${object.apiVersion} ${object.kind}` !== 'eks.services.k8s.aws/v1alpha1 AccessEntry')
      throw new Error(`${object.apiVersion} ${object.kind}`);
    if (annotations['services.k8s.aws/adoption-policy'] !== 'adopt-or-create') throw new Error('no adoption');
    objects.set(name, object);
  }
  return objects;
}

/** @throws Error if the groups of people aren't stated, which an adopted entry would keep otherwise */
export function readAck(text: string): ReadEntry[] {
  return [...readAckObjects(text).values()].map(({ metadata, spec }) => {
    const { kubernetesGroups, type = 'STANDARD' } = spec;
    if (!kubernetesGroups && type === 'STANDARD') throw new Error(`${metadata.name} has no groups`);
    const region = metadata.annotations['services.k8s.aws/region'];
    return {
      cluster: region === undefined ? spec.clusterName : `${region} ${spec.clusterName}`,
      principalArn: spec.principalARN,
      type,
      username: spec.username ?? null,
      kubernetesGroups: kubernetesGroups ?? [],
      policies: (spec.accessPolicies ?? []).map(({ policyARN, accessScope }) => ({
        policyArn: policyARN,
        scope: scopeOf(accessScope),
      })),
      ...(spec.tags && { tags: spec.tags }),
    };
  });
}

interface CloudFormationEntry {
  readonly Type: string;
  readonly Properties: {
    readonly ClusterName: string;
    readonly PrincipalArn: string;
    readonly Type?: string;
    readonly Username?: string;
    readonly KubernetesGroups?: readonly string[];
    readonly AccessPolicies?: readonly {
      readonly PolicyArn: string;
      readonly AccessScope: { readonly Type: string; readonly Namespaces?: readonly string[] };
    }[];
    readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  };
}

export function readCloudFormation(text: string): ReadEntry[] {
  const template = readYaml(text) as { readonly Resources: Readonly<Record<string, CloudFormationEntry>> };
  return Object.entries(template.Resources).map(([name, { Type, Properties }]) => {
    if (Type !== 'AWS::EKS::AccessEntry' || !/^[0-9A-Za-z]{1,255}$/.test(name)) throw new Error(name);
    return {
      cluster: Properties.ClusterName,
      principalArn: Properties.PrincipalArn,
      type: Properties.Type ?? 'STANDARD',
      username: Properties.Username ?? null,
      kubernetesGroups: Properties.KubernetesGroups ?? [],
      policies: (Properties.AccessPolicies ?? []).map(({ PolicyArn, AccessScope }) => ({
        policyArn: PolicyArn,
        scope: scopeOf({
          type: AccessScope.Type,
          ...(AccessScope.Namespaces && { namespaces: AccessScope.Namespaces }),
        }),
      })),
      ...(Properties.Tags && {
        tags: Object.fromEntries(Properties.Tags.map(({ Key, Value }) => [Key, Value])),
      }),
    };
  });
}

function scopeOf({ type, namespaces }: ReadScope): AccessEntry['policies'][number]['scope'] {
  if (type === 'cluster' && namespaces === undefined) return 'cluster';
  if (type === 'namespace' && namespaces !== undefined) return { namespaces };
  throw new Error(`scope ${type} with namespaces ${namespaces}`);
}

type HclValue = string | readonly HclValue[] | { readonly [name: string]: HclValue };

/** A block: its kind, its labels, and its attributes, with those of nested blocks. */
interface HclBlock {
  readonly kind: string;
  readonly labels: readonly string[];
  readonly attributes: Readonly<Record<string, HclValue>>;
}

const HCL_TOKEN = /(#[^\n]*)|"((?:[^"\\]|\\.)*)"|([\w.-]+)|([{}[\]=,])/gy;

/** Reads blocks whose values are strings, lists, objects and references. */
class HclReader {
  private readonly tokens: { readonly text?: string; readonly word: string }[];
  private at = 0;

  constructor(source: string) {
    const found = [...source.replace(/^\s+/, '').matchAll(new RegExp(`(?:${HCL_TOKEN.source})\\s*`, 'gy'))];
    const length = found.reduce((sum, [all]) => sum + all.length, 0);
    if (length !== source.trimStart().length)
      throw new Error(`cannot read ${source.trimStart().slice(length, length + 40)}`);
    this.tokens = found.flatMap(([, comment, body, word, sign]) => {
      if (comment !== undefined) return [];
      return body === undefined ? [{ word: word ?? sign ?? '' }] : [{ text: hclText(body), word: '' }];
    });
  }

  blocks(): HclBlock[] {
    const blocks: HclBlock[] = [];
    while (this.at < this.tokens.length) {
      const kind = this.next().word;
      const labels: string[] = [];
      while (this.peek()?.word !== '{') labels.push(this.next().text ?? '');
      blocks.push({ kind, labels, attributes: this.object() });
    }
    return blocks;
  }

  private object(): Record<string, HclValue> {
    this.expect('{');
    const values: Record<string, HclValue> = {};
    while (this.peek()?.word !== '}') {
      const { text, word } = this.next();
      const isNested = this.peek()?.word === '{';
      if (isNested) Object.assign(values, this.object());
      else {
        this.expect('=');
        Object.defineProperty(values, text ?? word, { value: this.value(), enumerable: true });
      }
    }
    this.expect('}');
    return values;
  }

  private value(): HclValue {
    if (this.peek()?.word === '{') return this.object();
    if (this.peek()?.word !== '[') {
      const { text, word } = this.next();
      return text ?? word;
    }
    this.expect('[');
    const items: HclValue[] = [];
    while (this.peek()?.word !== ']') {
      items.push(this.value());
      if (this.peek()?.word !== ']') this.expect(',');
    }
    this.expect(']');
    return items;
  }

  private peek() {
    return this.tokens[this.at];
  }

  private next() {
    const token = this.tokens[this.at];
    if (!token) throw new Error('the text ends too early');
    this.at += 1;
    return token;
  }

  private expect(word: string): void {
    const { text, word: found } = this.next();
    if (text !== undefined || found !== word) throw new Error(`${text ?? found} instead of ${word}`);
  }
}

const HCL_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** The text that a quoted template has between its quotes. */
export function hclText(body: string): string {
  const pattern = /\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(.))|([$%])\4\{|([$%]\{)|[\s\S]/g;
  return body.replace(
    pattern,
    (all, short?: string, long?: string, one?: string, sign?: string, open?: string) => {
      if (open !== undefined) throw new Error(`a template in ${body}`);
      if (sign !== undefined) return `${sign}{`;
      if (one !== undefined) return HCL_ESCAPES[one] ?? fail(`\\${one}`);
      const code = short ?? long;
      return code === undefined ? all : String.fromCodePoint(Number.parseInt(code, 16));
    },
  );
}

function fail(written: string): never {
  throw new Error(`HCL does not know ${written}`);
}

export function readTerraform(text: string): ReadEntry[] {
  const blocks = new HclReader(text).blocks();
  const policies = blocks.filter(({ labels }) => labels[0] === 'aws_eks_access_policy_association');
  return blocks
    .filter(({ labels }) => labels[0] === 'aws_eks_access_entry')
    .map(({ labels, attributes }) => {
      const reference = `aws_eks_access_entry.${labels[1]}.principal_arn`;
      const own = policies.filter((policy) => policy.attributes.principal_arn === reference);
      return {
        cluster: String(attributes.cluster_name),
        principalArn: String(attributes.principal_arn),
        type: String(attributes.type ?? 'STANDARD'),
        username: attributes.user_name === undefined ? null : String(attributes.user_name),
        kubernetesGroups: listIn(attributes, 'kubernetes_groups') ?? [],
        policies: own.map((policy) => policyIn(policy.attributes, policy.attributes)),
        ...tagsIn(attributes),
      };
    });
}

/** The entries in the local value for the module, which knows the cluster. */
export function readTerraformModule(text: string): ReadEntry[] {
  const [block, ...others] = new HclReader(text).blocks();
  if (block?.kind !== 'locals' || others.length > 0) throw new Error('not one block of locals');
  return Object.values(objectIn(block.attributes.eks_access_entries)).map((value) => {
    const entry = objectIn(value);
    const policies = objectIn(entry.policy_associations ?? {});
    return {
      cluster: 'module.eks',
      principalArn: String(entry.principal_arn),
      type: String(entry.type ?? 'STANDARD'),
      username: entry.user_name === undefined ? null : String(entry.user_name),
      kubernetesGroups: listIn(entry, 'kubernetes_groups') ?? [],
      policies: Object.values(policies).map((policy) => {
        const { access_scope: scope, ...rest } = objectIn(policy);
        return policyIn(rest, objectIn(scope));
      }),
      ...tagsIn(entry),
    };
  });
}

function objectIn(value: HclValue | undefined): Readonly<Record<string, HclValue>> {
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Error(`no object: ${JSON.stringify(value)}`);
  return value as Readonly<Record<string, HclValue>>;
}

function policyIn(policy: HclBlock['attributes'], scope: HclBlock['attributes']) {
  const namespaces = listIn(scope, 'namespaces');
  return {
    policyArn: String(policy.policy_arn),
    scope: scopeOf({ type: String(scope.type), ...(namespaces && { namespaces }) }),
  };
}

function tagsIn({ tags }: HclBlock['attributes']): Pick<ReadEntry, 'tags'> {
  if (tags === undefined) return {};
  return {
    tags: Object.fromEntries(Object.entries(objectIn(tags)).map(([key, value]) => [key, String(value)])),
  };
}

function listIn(attributes: HclBlock['attributes'], name: string): readonly string[] | undefined {
  const value = attributes[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new Error(`${name} is no list`);
  return value.map(String);
}
