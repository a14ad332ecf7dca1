import { type ProofRow, proofRow } from '../../src/access-entry/proof.ts';
import { type MapFacts, type Translation, translateMap } from '../../src/access-entry/translate-map.ts';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readDocument } from '../../src/aws-auth/document.ts';
import type { Finding } from '../../src/errors.ts';
import { roleArnKey } from '../../src/same-arn.ts';
import { doubleQuoted } from '../../src/yaml/quote.ts';

/** An item of mapRoles or mapUsers. */
export interface Item {
  readonly rolearn?: string;
  readonly userarn?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly sso?: Readonly<Record<string, string>>;
}

export interface Maps {
  readonly mapRoles?: readonly Item[];
  readonly mapUsers?: readonly Item[];
  readonly mapAccounts?: readonly string[];
}

export interface Translated {
  readonly translations: readonly Translation[];
  readonly proof: readonly ProofRow[];
  readonly findings: readonly Finding[];
}

/** Facts that refuse nodes and know only these roles, as in IAM. */
export function factsOf(pathArns: readonly string[] = [], rest: Partial<MapFacts> = {}): MapFacts {
  return {
    partition: null,
    clusterAccount: null,
    nodes: null,
    inventory: null,
    others: new Map(pathArns.map((arn) => [roleArnKey(arn), arn])),
    stated: new Map(),
    isFresh: true,
    ...rest,
  };
}

/** Translates an aws-auth with one line for each item of its lists. */
export function translated(maps: Maps, facts: MapFacts = factsOf()): Translated {
  const lists = Object.entries(maps).map(([key, items]) => {
    const text = `[\n${items.map((item: unknown) => json(item)).join(',\n')}\n]\n`;
    return `  ${key}: |\n${text.replace(/^(?=.)/gm, '    ')}`;
  });
  const manifest = `kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n${lists.join('')}`;
  const { translations, findings } = translateMap(
    new AwsAuth(readDocument(manifest, 'aws-auth.yaml')),
    facts,
  );
  const all = [...findings, ...translations.flatMap((one) => one.findings)];
  return { translations, proof: translations.map((one) => proofRow(one)), findings: all };
}

/** JSON that YAML reads the same, whatever it contains. */
function json(value: unknown): string {
  if (typeof value === 'string') return doubleQuoted(value);
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`;
  const pairs = Object.entries(value ?? {}).map(([key, one]) => `${doubleQuoted(key)}: ${json(one)}`);
  return `{${pairs.join(', ')}}`;
}
