import { Failure } from '../../../errors.ts';
import { withoutRbac } from '../../../rbac/authorizer.ts';
import { commandMeant, parseQuestion, verbsMeant } from '../../../rbac/question.ts';
import type { View } from '../../view.ts';
import { PRESETS } from './words.ts';

const WHO =
  /^(?:(?:show|list|find) )?(?:(?:who|(?:the )?people who|which people) (?:can|could|may|is able to|(?:has|have) access to) |access to )/;
const PLACE = / (?:in|inside|within) (?:the )?(?:namespace )?([a-z0-9]+(?:-[a-z0-9]+)*)(?: namespace)?$/;
const COMMANDS = / run commands?(?: in pods)?(?= |$)/;
const IN_PODS = / (?:in|into|inside) (?:pods|containers)(?= |$)/;
const FILLER = new Set(['a', 'all', 'an', 'any', 'the', 'to', 'of']);

/** Words for resources that Kubernetes calls differently. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['passwords', 'secrets'],
  ['credentials', 'secrets'],
  ['settings', 'configmaps'],
  ['anything', '*.*'],
  ['everything', '*.*'],
]);

/** Resources that only roles name: nobody reads or lists them. */
const WITHOUT_OBJECTS: readonly string[] = ['users', 'groups', 'uids', 'userextras', 'signers'];

/**
 * The question that a search reads like: `secrets in payments`, `who can delete pods`, `exec in prod`. Null for other
 * texts, such as a name.
 */
export function questionOf(text: string): Pick<View, 'can' | 'namespace'> | null {
  const words = text.toLowerCase().split(/[\s?"'“”]+/);
  const plain = ` ${words.join(' ').trim()}`.replace(COMMANDS, ' exec pods').replace(IN_PODS, ' pods');
  const namespace = PLACE.exec(plain)?.[1] ?? '';
  const rest = plain.replace(PLACE, '').trim();
  const asked = rest.replace(WHO, '');
  const isAsked = namespace !== '' || asked !== rest;
  const preset = PRESETS.find(({ label }) => label.toLowerCase() === asked);
  const left = asked.split(' ').filter((word) => !FILLER.has(word));
  const can = preset?.can ?? canOf(left, isAsked);
  return can !== null && (preset !== undefined || isValid(can)) ? { can, namespace } : null;
}

/** @param isAsked true if more than these words read like a question */
function canOf([first = '', ...others]: readonly string[], isAsked: boolean): string | null {
  // "config maps" is written as one word.
  const written = others.join('');
  const resource = RESOURCES.get(written) ?? written;
  const verbs = first === 'do' ? ['*'] : [...new Set(first.split(',').flatMap(verbsMeant))];
  const command =
    isAsked || resource !== '' ? commandMeant(first, resource === '' ? 'pods' : resource) : null;
  if (command !== null) return command;
  const isRead = WITHOUT_OBJECTS.includes(resource || first) && first !== 'impersonate';
  if (isRead) return null;
  if (resource !== '') {
    const log = /^logs?$/.test(resource) ? commandMeant('logs', '') : null;
    return verbs.length === 0 ? null : (log ?? `${verbs.join(',')} ${resource}`);
  }
  // A word alone must be the plural: short names and singulars are likely to be something else.
  const name = RESOURCES.get(first) ?? first;
  return /^[a-z]{3,}s$/.test(name) && verbs.length === 0 ? `${verbsMeant('read').join(',')} ${name}` : null;
}

/** True if Kubernetes knows the words. */
function isValid(can: string): boolean {
  try {
    return parseQuestion([can], null, withoutRbac()).findings.length === 0;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
