/** A workflow command, parsed like GitHub's runner does. */
export interface WorkflowCommand {
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/**
 * Parses a line of a step's output like `ActionCommand.TryParseV2` and `TryParse` of actions/runner.
 * @returns undefined for any other line of output
 */
function workflowCommandOf(line: string): WorkflowCommand | undefined {
  const text = line.trimStart();
  if (!text.startsWith('::')) {
    const [, command = ''] = /##\[([^\]]+)\]/.exec(line) ?? [];
    return command === '' ? undefined : { command, properties: {}, data: line };
  }
  const end = text.indexOf('::', 2);
  if (end < 0) return undefined;
  const head = text.slice(2, end);
  const space = head.indexOf(' ');
  const [command, list] = space < 0 ? [head, ''] : [head.slice(0, space), head.slice(space + 1).trim()];
  const pairs = list.split(',').flatMap((property): [string, string][] => {
    const equals = property.indexOf('=');
    return equals < 0 ? [] : [[property.slice(0, equals), unescaped(property.slice(equals + 1), PROPERTY)]];
  });
  return { command, properties: Object.fromEntries(pairs), data: unescaped(text.slice(end + 2), DATA) };
}

/** The workflow commands in a step's output. */
export function workflowCommandsIn(output: string): WorkflowCommand[] {
  // A carriage return ends a line too.
  return output.split(/\r\n|[\r\n]/).flatMap((line) => workflowCommandOf(line) ?? []);
}

const DATA = { '%0D': '\r', '%0A': '\n', '%25': '%' };
const PROPERTY = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' };

function unescaped(text: string, escapes: Readonly<Record<string, string>>): string {
  return Object.entries(escapes).reduce((result, [code, raw]) => result.replaceAll(code, raw), text);
}
