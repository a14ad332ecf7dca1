// Control and format characters, what Unicode lets a font ignore, blanks that look like a space, and the empty braille cell.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const ODD_BLANK = /(?! )\p{Zs}/gu;

/** Whether a name holds characters that nobody sees. Member accounts name themselves, so such a name may be meant to deceive. */
export function hasInvisible(name: string): boolean {
  return visibleForm(name) !== name;
}

/** What a reader takes the name for. */
export function visibleForm(name: string): string {
  return name.replace(INVISIBLE, '').replace(ODD_BLANK, ' ');
}
