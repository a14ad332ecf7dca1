import { quoted } from '../../text.ts';
import type { Principal, PrincipalType } from '../model.ts';

const WORDS = { GROUP: 'group', USER: 'user' } as const;
/** Identity Center takes names of a thousand characters; what a message says of one is enough to find it. */
const LONGEST = 60;

/** `group` or `user` */
export function typeWord(type: PrincipalType): string {
  return WORDS[type];
}

/** `group "Platform"`, or the id of one that was deleted. */
export function principalText({ type, id, name }: Pick<Principal, 'type' | 'id' | 'name'>): string {
  return name === null ? `deleted ${WORDS[type]} ${id}` : `${WORDS[type]} ${quoted(shortName(name))}`;
}

/** The name, or the beginning of a very long one. */
export function shortName(name: string): string {
  const characters = [...name];
  return characters.length <= LONGEST ? name : `${characters.slice(0, LONGEST - 1).join('')}…`;
}
