/** An answer before serialization to XML or JSON; undefined members are omitted, dates follow the protocol. */
export type Answer = { readonly [member: string]: AnswerValue };
export type AnswerValue =
  | string
  | number
  | boolean
  | Date
  | undefined
  | Answer
  | readonly (string | Answer)[];

/** `Array.isArray` does not narrow a readonly array. */
export function isList(value: AnswerValue): value is readonly (string | Answer)[] {
  return Array.isArray(value);
}
