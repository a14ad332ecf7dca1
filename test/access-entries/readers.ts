import { Ajv } from 'ajv';
import { defineScalarTag, load, YAML11_SCHEMA } from 'js-yaml';
import type { AccessEntry } from '../../src/access-entry.ts';

// Readers of the formats, independent of the renderers: tests compare the input with what they read.

interface ReadScope {
  readonly type: string;
  readonly namespaces?: readonly string[];
}

/** An entry as read from a format, with the cluster name. */
interface ReadEntry extends AccessEntry {
  readonly cluster: string;
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
      properties: { name: { type: 'string' }, region: { type: 'string' } },
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
  readonly metadata: { readonly name: string; readonly region: string };
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
  }));
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
    };
  });
}

function scopeOf({ type, namespaces }: ReadScope): AccessEntry['policies'][number]['scope'] {
  if (type === 'cluster' && namespaces === undefined) return 'cluster';
  if (type === 'namespace' && namespaces !== undefined) return { namespaces };
  throw new Error(`scope ${type} with namespaces ${namespaces}`);
}

/** A Terraform block: its labels, and attributes as strings, lists of strings, or references. */
interface HclBlock {
  readonly labels: readonly string[];
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
}

/** Reads blocks with one attribute or list item a line; attributes of nested blocks go to the outer block. */
function readHcl(text: string): HclBlock[] {
  return text.split(/^}\n/m).flatMap((block) => {
    const [, kind = '', labels = '', body = ''] =
      /^(\w+)((?: "[\w-]+")*) \{\n([\s\S]*)$/.exec(block.trim()) ?? [];
    if (kind === '') return [];
    const lines = withJoinedLists(body.split('\n')).flatMap((line) => {
      const [, name, value] = /^ +(\w+) += (.+)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, hclValue(value)] as const];
    });
    return [{ labels: [kind, ...(labels.match(/[\w-]+/g) ?? [])], attributes: Object.fromEntries(lines) }];
  });
}

function withJoinedLists(lines: readonly string[]): string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    if (last?.endsWith('[') || last?.endsWith(',')) joined.splice(-1, 1, last + line.trim());
    else joined.push(line);
  }
  return joined;
}

const HCL_STRING = /"((?:[^"\\]|\\.)*)"/g;

function hclValue(written: string): string | readonly string[] {
  const strings = [...written.matchAll(HCL_STRING)].map(([, body = '']) => hclString(body));
  const rest = written.replace(HCL_STRING, '');
  if (/^\[(?:, ?)*\]$/.test(rest)) return strings;
  if (rest === '' && strings.length === 1) return strings[0] ?? '';
  if (/^[\w.-]+$/.test(rest) && strings.length === 0) return rest;
  throw new Error(`cannot read ${written}`);
}

const HCL_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

function hclString(body: string): string {
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
  const blocks = readHcl(text);
  const policies = blocks.filter(({ labels }) => labels[1] === 'aws_eks_access_policy_association');
  return blocks
    .filter(({ labels }) => labels[1] === 'aws_eks_access_entry')
    .map(({ labels, attributes }) => {
      const reference = `aws_eks_access_entry.${labels[2]}.principal_arn`;
      const own = policies.filter((policy) => policy.attributes.principal_arn === reference);
      return {
        cluster: String(attributes.cluster_name),
        principalArn: String(attributes.principal_arn),
        type: String(attributes.type ?? 'STANDARD'),
        username: attributes.user_name === undefined ? null : String(attributes.user_name),
        kubernetesGroups: listIn(attributes, 'kubernetes_groups') ?? [],
        policies: own.map((policy) => {
          const namespaces = listIn(policy.attributes, 'namespaces');
          return {
            policyArn: String(policy.attributes.policy_arn),
            scope: scopeOf({ type: String(policy.attributes.type), ...(namespaces && { namespaces }) }),
          };
        }),
      };
    });
}

function listIn(attributes: HclBlock['attributes'], name: string): readonly string[] | undefined {
  const value = attributes[name];
  return typeof value === 'string' ? [value] : value;
}
