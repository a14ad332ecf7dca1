import { type Finding, formatLocation, type Location } from '../../errors.ts';
import { type BoundRole, isPolicy } from '../../rbac/model.ts';
import { printable, quoted } from '../../text.ts';

/** A line of an explanation: `  groups:      developers`. Without a name, it continues the line above. */
export function row(name: string, value: string): string {
  return `  ${(name === '' ? '' : `${name}:`).padEnd(13)}${printable(value)}`;
}

/** Lines that are shown of a list; a person may have thousands of bindings. */
const MOST_LINES = 20;

/** A line for each text, the first with the name. */
export function rows(name: string, texts: readonly string[]): string[] {
  const rest = texts.length - MOST_LINES;
  return [...texts.slice(0, MOST_LINES), ...(rest > 0 ? [`and ${rest} more`] : [])].map((text, index) =>
    row(index === 0 ? name : '', text),
  );
}

export function indented(text: string, columns = 2): string[] {
  return text.split('\n').map((line) => ' '.repeat(columns) + printable(line));
}

/** The line, without the column. */
export function lineOf({ line }: Location): Pick<Location, 'line'> {
  return line === undefined ? {} : { line };
}

export function noteLines({ severity, message, location, help }: Finding): string[] {
  const where = location ? `${printable(formatLocation(location))}: ` : '';
  return [`${severity}: ${where}${printable(message)}`, ...(help === undefined ? [] : indented(help))];
}

/**
 * ` (group "developers", RoleBinding developers at rbac.yaml:26)`; empty for an access policy, which has no subject and
 * no binding.
 */
export function sourceText(bound: BoundRole): string {
  if (isPolicy(bound)) return '';
  const { binding, subject } = bound;
  const { kind, name, location } = binding;
  const where = location ? ` at ${formatLocation({ file: location.file, ...lineOf(location) })}` : '';
  return ` (${subject.kind.toLowerCase()} ${quoted(subject.name)}, ${kind} ${name}${where})`;
}
