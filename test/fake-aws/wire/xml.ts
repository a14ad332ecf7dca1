import { type Answer, type AnswerValue, isList } from './answer.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function xmlElement(name: string, content: string, namespace?: string): string {
  return `<${name}${namespace ? ` xmlns="${namespace}"` : ''}>${content}</${name}>`;
}

/** The members of a structure as elements; list items are `member` elements, as in IAM and STS. */
export function xmlMembers(answer: Answer): string {
  return Object.entries(answer)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => xmlElement(name, xmlContent(value)))
    .join('');
}

function xmlContent(value: AnswerValue): string {
  if (value instanceof Date) return value.toISOString();
  if (isList(value)) return value.map((item) => xmlElement('member', xmlContent(item))).join('');
  if (typeof value === 'object') return xmlMembers(value);
  return String(value).replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}
