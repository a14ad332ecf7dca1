/** JSON as people and `jq` like it: two spaces, final newline. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Characters of a piece, about. */
const PIECE = 65_536;
/** How deep lists and objects are taken apart: to the items of the lists in an object. */
const DEPTH = 2;

/** What `renderJson` renders, in pieces: the roles of an organization in one text would lie in memory two or three times. */
export function renderLongJson(value: unknown): string[] {
  const pieces: string[] = [];
  let texts: string[] = [];
  let length = 0;
  for (const text of textsOf(value, '\n', DEPTH)) {
    texts.push(text);
    length += text.length;
    if (length < PIECE) continue;
    pieces.push(texts.join(''));
    texts = [];
    length = 0;
  }
  return [...pieces, `${texts.join('')}\n`];
}

/** @param newline with the margin of the lines inside the value */
function* textsOf(value: unknown, newline: string, depth: number): Generator<string> {
  const members = depth === 0 ? [] : membersOf(value);
  if (members.length === 0) {
    yield (JSON.stringify(value, null, 2) ?? 'null').replaceAll('\n', newline);
    return;
  }
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const inner = `${newline}  `;
  let before = open;
  for (const { label, item } of members) {
    yield `${before}${inner}${label}`;
    yield* textsOf(item, inner, depth - 1);
    before = ',';
  }
  yield `${newline}${close}`;
}

function membersOf(value: unknown): { readonly label: string; readonly item: unknown }[] {
  if (Array.isArray(value)) return value.map((item) => ({ label: '', item }));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => ({ label: `${JSON.stringify(name)}: `, item }));
}
