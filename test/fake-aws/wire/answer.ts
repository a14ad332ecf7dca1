/** An answer in neither XML nor JSON yet; undefined members are left out, dates become what the protocol wants. */
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
