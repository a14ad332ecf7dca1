import { withoutCommands } from '../../text.ts';

function stringify(value: unknown): string {
  return withoutCommands(JSON.stringify(value, null, 2));
}

/** JSON with two-space indentation and a final newline, like `jq`. */
export function renderJson(value: unknown): string {
  return `${stringify(value)}\n`;
}

/** List items per piece. */
const BATCH = 200;

/**
 * Like `renderJson`, but in pieces that are generated as they are written, if the value is a long list or an object of
 * lists: one string with the roles of an organization would be in memory two or three times. Only for plain data, which
 * can't fail to render midway.
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

/** Like `renderLongJson` for a list whose items are generated as they are written. */
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
