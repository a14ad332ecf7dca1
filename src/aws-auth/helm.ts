import { type Location, refusal } from '../errors.ts';
import { ANY_VARIABLE, isHelm, WRITTEN_VARIABLES } from '../map-entry.ts';
import { quoted } from '../text.ts';
import { lineEnd } from '../yaml/lines.ts';
import { allNodesIn, type MappingNode, type Pair, pairsNamed } from '../yaml/node.ts';

const OPEN = '{{';

/**
 * The offset of the first `{{` between two offsets that isn't one of the authenticator's variables; -1 if not found.
 */
export function findTemplate(source: string, start: number, end: number): number {
  for (let at = source.indexOf(OPEN, start); at >= 0 && at < end; at = source.indexOf(OPEN, at)) {
    const known = WRITTEN_VARIABLES.find((variable) => source.startsWith(variable, at));
    if (known === undefined) return at;
    at += known.length;
  }
  return -1;
}

const UNQUOTED = new RegExp(String.raw`^ *(?:- +)*(?:[\w.-]+ *: +|- +)${ANY_VARIABLE}`, 'm');

/** The offset of the first line whose value starts with an unquoted `{{Variable}}`, a map in YAML; -1 if not found. */
export function findUnquotedTemplate(text: string): number {
  return text.search(UNQUOTED);
}

/** The parts of a file that are searched. */
interface TemplateSource {
  readonly source: string;
  readonly configMap: { readonly root: MappingNode; readonly metadata: Pair | undefined } | null;
  locationOf(offset: number): Location;
}

/**
 * Checks the aws-auth manifest, except its annotations, or a bare list. A misspelled variable inside a string is not a
 * template.
 * @throws Failure if it is a Helm template
 */
export function requireNoTemplates({ source, configMap, locationOf }: TemplateSource): void {
  let maps: ReadonlySet<number> | undefined;
  for (const [start, end] of configMap ? rangesOf(configMap) : [[0, source.length] as const]) {
    let lineStop = 0;
    for (let at = findTemplate(source, start, end); at >= 0; at = findTemplate(source, at + 2, end)) {
      // Braces that start a YAML flow map.
      maps ??= new Set(
        [...(configMap ? allNodesIn(configMap.root) : [])].flatMap((node) =>
          node.kind === 'mapping' && node.flow ? node.contentStart : [],
        ),
      );
      // Once per line: a line may hold thousands of braces.
      if (at >= lineStop) lineStop = lineEnd(source, at);
      if (isHelm(source.slice(at, lineStop)) || maps.has(at)) {
        const { message, help } = templateProblem(source, at);
        throw refusal({ message, location: locationOf(at), help });
      }
    }
  }
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

/** The problem with the braces at an offset, and their range. */
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
