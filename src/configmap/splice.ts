import { bug, Failure, refusal } from '../errors.ts';
import { applyEdits, type Edit, joinEdits, keepFinalBreakMissing, sortEdits } from '../yaml/edit.ts';
import type { ScalarNode } from '../yaml/node.ts';
import { scalarAt } from '../yaml/pairs.ts';
import { type AwsAuthDocument, readDocument } from './document.ts';
import { insertMapRoles } from './insert-map-roles.ts';
import { doubleQuotedBody } from './quote.ts';
import { rewriteMapRoles } from './rewrite-map-roles.ts';
import { type EmbeddedScalar, spliceFolded } from './splice-folded.ts';
import { spliceLiteral } from './splice-literal.ts';

/**
 * Turns edits of the text of mapRoles into edits of the file that holds it, in place wherever the scalar's style allows. A text
 * that loaded as empty becomes a literal block.
 */
export function spliceMapRoles(
  document: AwsAuthDocument,
  textEdits: readonly Edit[],
  wasEmpty: boolean,
): Edit[] {
  const { source, configMap, mapRoles } = document;
  const text = mapRoles?.text ?? '';
  const sorted = joinEdits(keepFinalBreakMissing(text, sortEdits(textEdits)));
  if (sorted.length === 0) return [];
  const edited = applyEdits(text, sorted);
  if (edited === undefined) throw bug('the edits of mapRoles overlap');
  if (!configMap) return sorted;
  const newText = wasEmpty ? edited.replace(/(?<!\n)$/, '\n') : edited;
  const pair = configMap.mapRoles;
  if (!mapRoles?.node || !pair) return finished(source, insertMapRoles(source, configMap, newText));
  refuseShared(document, mapRoles.node);
  const spliced = editInPlace(source, { mapRoles, node: mapRoles.node, pair }, sorted, newText, wasEmpty);
  const inPlace = spliced && isFaithful(document, spliced, newText) ? spliced : null;
  const inFlow = configMap.data?.value.kind === 'mapping' && configMap.data.value.flow;
  return finished(source, inPlace ?? rewriteMapRoles(source, pair, mapRoles.node, newText, inFlow));
}

function finished(source: string, edits: readonly Edit[]): Edit[] {
  return keepFinalBreakMissing(source, sortEdits(edits));
}

/**
 * Whether edits in place read as they should. Sure but for what stands beside line breaks that fold, or that only YAML 1.1 takes for
 * such.
 */
function isFaithful(
  { file, source, configMap, mapRoles }: AwsAuthDocument,
  edits: readonly Edit[],
  newText: string,
): boolean {
  const node = mapRoles?.node;
  if (!node || !ODD_BREAKS[node.style].test(source.slice(node.start, node.end))) return true;
  const result = applyEdits(source, finished(source, edits));
  try {
    const key = configMap?.mapRoles?.key;
    const data = result === undefined ? undefined : readDocument(result, file).configMap?.data?.value;
    if (key?.kind !== 'scalar' || data?.kind !== 'mapping') return false;
    return scalarAt(data, key.text)?.trimEnd() === newText.trimEnd();
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** What is written there may fold. */
const ANYTHING = /^/;
const ODD_BREAKS: Readonly<Record<ScalarNode['style'], RegExp>> = {
  literal: /[\x85\u2028\u2029]|\r(?!\n)/,
  folded: ANYTHING,
  double: /[\r\n\x85\u2028\u2029]/,
  single: ANYTHING,
  plain: ANYTHING,
};

/** Null where the scalar has to be written anew. */
function editInPlace(
  source: string,
  { mapRoles, node, pair }: EmbeddedScalar,
  edits: readonly Edit[],
  newText: string,
  wasEmpty: boolean,
): Edit[] | null {
  const { offsets } = mapRoles;
  if (node.style === 'literal') return spliceLiteral(source, mapRoles, pair, edits, newText);
  if (wasEmpty) return null;
  if (node.style !== 'double') return spliceFolded(source, { mapRoles, node, pair }, edits, newText);
  return edits.map(({ start, end, replacement }) => {
    const position = offsets.endOf(start);
    const first = start === end ? position : offsets.startOf(start);
    return {
      start: first,
      end: start === end ? position : offsets.endOf(end),
      replacement: doubleQuotedBody(replacement),
    };
  });
}

function refuseShared(
  { source, locationOf }: AwsAuthDocument,
  { anchor, propertiesStart }: ScalarNode,
): void {
  if (anchor === null || !source.includes(`*${anchor}`)) return;
  throw refusal({
    message: `mapRoles has to change, but its anchor &${anchor} may be used elsewhere, where nothing may change`,
    location: locationOf(propertiesStart),
    help: `Write the text out where *${anchor} stands, then merge again.`,
  });
}
