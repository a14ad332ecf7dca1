import { ANY_VARIABLE, isHelm, WRITTEN_VARIABLES } from '../entry.ts';
import { type Location, refusal } from '../errors.ts';
import { quoted } from '../text.ts';
import { lineEnd } from '../yaml/lines.ts';
import { type MappingNode, nodesOf, type Pair, pairsNamed, type YamlNode } from '../yaml/node.ts';

const OPEN = '{{';

/** The offset of the first `{{` between two offsets that opens none of the authenticator's variables; -1 where there is none. */
export function findTemplate(source: string, start: number, end: number): number {
  for (let at = source.indexOf(OPEN, start); at >= 0 && at < end; at = source.indexOf(OPEN, at)) {
    const known = WRITTEN_VARIABLES.find((variable) => source.startsWith(variable, at));
    if (known === undefined) return at;
    at += known.length;
  }
  return -1;
}

const UNQUOTED = new RegExp(String.raw`^ *(?:- +)*(?:[\w.-]+ *: +|- +)${ANY_VARIABLE}`, 'm');

/** The offset of the first line whose value starts with an unquoted `{{Variable}}`, which to YAML is a map; -1 where there is none. */
export function findUnquotedTemplate(text: string): number {
  return text.search(UNQUOTED);
}

/** What is looked at of a file. */
interface TemplateSource {
  readonly source: string;
  readonly configMap: { readonly root: MappingNode; readonly metadata: Pair | undefined } | null;
  locationOf(offset: number): Location;
}

/**
 * Looks through the manifest of aws-auth, or a bare list; annotations may hold anything. A misspelled variable is no template where
 * it is a part of a string.
 * @throws Failure where it is a Helm template
 */
export function requireNoTemplates({ source, configMap, locationOf }: TemplateSource): void {
  let maps: ReadonlySet<number> | undefined;
  for (const [start, end] of configMap ? rangesOf(configMap) : [[0, source.length] as const]) {
    let lineStop = 0;
    for (let at = findTemplate(source, start, end); at >= 0; at = findTemplate(source, at + 2, end)) {
      maps ??= new Set(configMap ? flowMaps(configMap.root) : []);
      // Looked for once a line: a line may hold thousands of braces.
      if (at >= lineStop) lineStop = lineEnd(source, at);
      if (isHelm(source.slice(at, lineStop)) || maps.has(at)) {
        const { message, help } = templateProblem(source, at);
        throw refusal({ message, location: locationOf(at), help });
      }
    }
  }
}

/** Where braces are YAML's own to the reader of the manifest. */
function* flowMaps(root: YamlNode): Generator<number> {
  for (const node of nodesOf(root)) if (node.kind === 'mapping' && node.flow) yield node.contentStart;
}

function rangesOf({ root, metadata }: NonNullable<TemplateSource['configMap']>): [number, number][] {
  const [annotations] = metadata?.value.kind === 'mapping' ? pairsNamed(metadata.value, 'annotations') : [];
  if (!annotations) return [[root.contentStart, root.end]];
  return [
    [root.contentStart, annotations.key.start],
    [annotations.value.end, root.end],
  ];
}

export const RENDER_FIRST = `Render the file first (helm template …) and check the result. The authenticator knows ${WRITTEN_VARIABLES.join(' ')}.`;

/** What the braces at an offset look like, and where they end. */
export function templateProblem(
  text: string,
  start: number,
): { readonly start: number; readonly end: number; readonly message: string; readonly help: string } {
  const line = text.slice(start, lineEnd(text, start));
  const close = line.indexOf('}}');
  const end = start + (close < 0 ? Math.min(line.length, 40) : close + 2);
  return {
    start,
    end,
    message: `${quoted(text.slice(start, end))} looks like a Helm template`,
    help: RENDER_FIRST,
  };
}
