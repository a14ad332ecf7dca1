import { withoutCommands } from '../../text.ts';

function stringify(value: unknown): string {
  return withoutCommands(JSON.stringify(value, null, 2));
}

/** JSON as people and `jq` like it: two spaces, final newline. */
export function renderJson(value: unknown): string {
  return `${stringify(value)}\n`;
}

/** Items of a list in one piece. */
const BATCH = 200;

/**
 * What `renderJson` renders, in pieces that are made as they are written, if the value is a long list or an object of such: the roles
 * of an organization in one string would be in memory two or three times. For plain data only, which cannot fail to render midway.
 */
export function* renderLongJson(value: object): Generator<string> {
  yield* Array.isArray(value) ? valuePieces(value, '\n') : objectPieces(value);
  yield '\n';
}

function* objectPieces(value: object): Generator<string> {
  let before = '{';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    yield `${before}\n  ${stringify(name)}: `;
    yield* valuePieces(member, '\n  ');
    before = ',';
  }
  yield before === '{' ? '{}' : '\n}';
}

/** What `renderJson` renders of a list, in pieces, each of items that are made as it is written: of the same kind of data. */
export function* renderJsonItems(items: Iterable<object>): Generator<string> {
  let batch: object[] = [];
  let isFirst = true;
  const piece = () => {
    const rendered = stringify(batch).slice('['.length, -'\n]'.length);
    const text = `${isFirst ? '[' : ','}${rendered}`;
    [batch, isFirst] = [[], false];
    return text;
  };
  for (const item of items) {
    batch.push(item);
    if (batch.length === BATCH) yield piece();
  }
  if (batch.length > 0) yield piece();
  yield isFirst ? '[]\n' : '\n]\n';
}

/** @param newline with the indentation of the value */
function* valuePieces(value: unknown, newline: string): Generator<string> {
  const render = (part: unknown) => stringify(part).replaceAll('\n', newline);
  if (!Array.isArray(value) || value.length <= BATCH) {
    yield render(value);
    return;
  }
  for (let start = 0; start < value.length; start += BATCH) {
    const items = render(value.slice(start, start + BATCH));
    yield `${start === 0 ? '[' : ','}${items.slice('['.length, -`${newline}]`.length)}`;
  }
  yield `${newline}]`;
}
