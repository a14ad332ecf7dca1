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
 * Like `renderJson`, but in pieces that are rendered as they are written: one string with the roles of an organization
 * would be in memory two or three times. Only for plain data, which can't fail to render midway.
 * @param value an object, perhaps of long lists, or the items of a list
 */
export function* renderLongJson(value: object): Generator<string> {
  if (Symbol.iterator in value) yield* listPieces(value as Iterable<unknown>, '\n');
  else {
    let before = '{';
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      yield `${before}\n  ${stringify(name)}: `;
      if (Array.isArray(member)) yield* listPieces(member, '\n  ');
      else yield stringify(member).replaceAll('\n', '\n  ');
      before = ',';
    }
    yield before === '{' ? '{}' : '\n}';
  }
  yield '\n';
}

/** @param newline with the indentation of the list */
function* listPieces(items: Iterable<unknown>, newline: string): Generator<string> {
  let batch: unknown[] = [];
  let before = '[';
  const piece = () => {
    const rendered = stringify(batch).replaceAll('\n', newline);
    const text = `${before}${rendered.slice('['.length, -`${newline}]`.length)}`;
    [batch, before] = [[], ','];
    return text;
  };
  for (const item of items) {
    batch.push(item);
    if (batch.length === BATCH) yield piece();
  }
  if (batch.length > 0) yield piece();
  yield before === '[' ? '[]' : `${newline}]`;
}
