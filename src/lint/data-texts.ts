import { bindAliases } from '../authenticator/alias-binding.ts';
import { scalarType } from '../authenticator/authenticator-scalar.ts';
import { UnparsableError } from '../authenticator/void-error.ts';
import { EmbeddedText } from '../configmap/embedded-text.ts';
import { MAP_KEYS } from '../entry.ts';
import { printable, quoted } from '../text.ts';
import { findForbidden } from '../yaml/forbidden.ts';
import type { AliasNode, MappingNode, Pair, ScalarNode, YamlNode } from '../yaml/node.ts';
import { nodeStart } from '../yaml/node-end.ts';
import { pairsNamed } from '../yaml/pairs.ts';
import type { ManifestProblem } from './fault.ts';
import type { DataText, LintDocument } from './lint-document.ts';

type Parts = Pick<LintDocument, 'configMap' | 'data' | 'texts' | 'problems'>;
type Frame = Pick<LintDocument, 'source' | 'locationOf'>;

/** The texts of an aws-auth manifest; what kubectl would not take in their place is a fault. */
export function dataTexts(root: MappingNode, frame: Frame): Parts {
  const problems: ManifestProblem[] = [];
  const data = lastNamed(root, 'data', problems);
  const metadata = pairsNamed(root, 'metadata').at(-1);
  const fields = data && dataFields(data, problems);
  const reader = new TextReader(root, frame, problems);
  const texts = { mapRoles: null, mapUsers: null, mapAccounts: null } satisfies LintDocument['texts'];
  const found: Partial<Record<keyof typeof texts, DataText>> = {};
  let mapRoles: Pair | undefined;
  for (const key of MAP_KEYS) {
    const pair = fields && lastNamed(fields, key, problems);
    const text = pair && reader.read(key, pair);
    if (text) found[key] = text;
    if (key === 'mapRoles') mapRoles = pair;
  }
  const configMap = { root, metadata, data, mapRoles };
  return { configMap, data: fields?.pairs ?? [], texts: { ...texts, ...found }, problems };
}

function lastNamed(node: MappingNode, key: string, problems: ManifestProblem[]): Pair | undefined {
  const pairs = pairsNamed(node, key);
  const last = pairs.at(-1);
  if (!last || pairs.length === 1) return last;
  problems.push({
    rule: 'duplicate-key',
    ...spanOf(last.key),
    what: `${key} stands here for the ${pairs.length === 2 ? 'second' : `${pairs.length}th`} time`,
  });
  return last;
}

function dataFields({ key, value }: Pair, problems: ManifestProblem[]): MappingNode | undefined {
  if (value.kind === 'mapping') return value;
  if (isNull(value)) return undefined;
  problems.push({
    rule: 'value-not-string',
    ...spanOf(key),
    what: `data is ${describe(value)}, not a map of texts`,
    help: 'Put the keys mapRoles, mapUsers and mapAccounts below data:.',
  });
  return undefined;
}

/** Reads the values of `data`. */
class TextReader {
  private readonly root: MappingNode;
  private readonly frame: Frame;
  private readonly problems: ManifestProblem[];

  constructor(root: MappingNode, frame: Frame, problems: ManifestProblem[]) {
    this.root = root;
    this.frame = frame;
    this.problems = problems;
  }

  read(key: string, pair: Pair): DataText | undefined {
    const { source, locationOf } = this.frame;
    const value = pair.value.kind === 'alias' ? this.target(pair.value) : pair.value;
    if (!value || isNull(value)) return undefined;
    if (!isText(value)) {
      this.problems.push(valueFault(key, pair, value));
      return undefined;
    }
    const isShared = value.anchor !== null && source.includes(`*${value.anchor}`);
    const embedded = new EmbeddedText(source, value, locationOf);
    return { embedded, pair, editable: value === pair.value && !isShared && isStable(embedded.text) };
  }

  private target(alias: AliasNode): YamlNode | undefined {
    try {
      return bindAliases(this.root).get(alias);
    } catch (error) {
      if (!(error instanceof UnparsableError)) throw error;
      this.problems.push({ rule: 'value-not-string', ...spanOf(alias), what: error.message });
      return undefined;
    }
  }
}

/**
 * Whether the authenticator reads a text alike whatever its length: over a control character behind the first document it stumbles
 * or not, for it reads piece by piece.
 */
export function isStable(text: string): boolean {
  return findForbidden(text) === null;
}

function valueFault(key: string, pair: Pair, value: YamlNode): ManifestProblem {
  const isCollection = value.kind !== 'scalar';
  return {
    rule: isCollection ? 'list-not-string' : 'value-not-string',
    ...spanOf(pair.key),
    what: `${key} is ${describe(value)}, not a text`,
    ...(isCollection && { help: `Put a | behind "${key}:", so that what is below it becomes one text.` }),
  };
}

function spanOf(node: YamlNode): { start: number; end: number } {
  const start = nodeStart(node);
  return { start, end: node.kind === 'scalar' && node.end > start ? node.end : start + 1 };
}

function isText(value: YamlNode): value is ScalarNode {
  const isForeign =
    value.kind === 'scalar' && value.tag !== null && value.tag !== '!!str' && value.tag !== '!';
  return value.kind === 'scalar' && scalarType(value) === 'text' && !isForeign;
}

function isNull(value: YamlNode): boolean {
  return value.kind === 'scalar' && scalarType(value) === 'null';
}

function describe(value: YamlNode): string {
  if (value.kind === 'sequence') return 'a YAML list';
  if (value.kind === 'mapping') return 'a YAML map';
  if (value.kind === 'alias') return 'an alias';
  if (value.tag !== null) return `of the type ${printable(value.tag)}`;
  return `the ${scalarType(value)} ${quoted(value.text)}`;
}
