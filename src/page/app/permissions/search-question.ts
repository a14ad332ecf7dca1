/** The question that a search reads like; null for other texts. */
export function questionOf(_text: string): { readonly can: string; readonly namespace: string } | null {
  return null;
}
