import type { CallerAnswer } from '../../access/caller-rights.ts';
import { OF_EVERYBODY } from '../../access/way.ts';
import { AUTHENTICATED } from '../../authenticator/groups.ts';
import { type BoundRole, boundRoleText, throughOf } from '../../rbac/model.ts';
import type { Asked } from '../../rbac/question.ts';
import { printable } from '../../text.ts';
import { indented, row, rows, sourceText } from './explain-rows.ts';

/** `yes: list pods in namespace shop`, with what allows it, or why not. */
export function answerLines({ asked, answer, admin, through, why, help }: CallerAnswer): string[] {
  const texts = [
    ...(admin === null ? [] : [`${admin} (needs no binding)`]),
    ...through.map(
      (bound) => `${isOfEverybody(bound) ? OF_EVERYBODY : ''}${boundRoleText(bound)}${sourceText(bound)}`,
    ),
  ];
  return [
    `${answer}: ${printable(askedText(asked, answer))}`,
    ...(why === null ? [] : [row('because', why)]),
    ...rows('through', texts),
    ...(help === null ? [] : indented(help)),
  ];
}

export function answerJson({ asked, answer, admin, through, why, help }: CallerAnswer) {
  return {
    text: asked.text,
    namespace: namespaceOf(asked),
    answer,
    admin,
    through: through.map((bound) => ({ ...placedOf(bound), ofEverybody: isOfEverybody(bound) })),
    why,
    help,
  };
}

function isOfEverybody({ subject }: BoundRole): boolean {
  return subject.kind === 'Group' && subject.name === AUTHENTICATED;
}

/** With the file and line of the binding; null for a default one and for an access policy. */
function placedOf(bound: BoundRole) {
  const { location } = bound.binding;
  return { ...throughOf(bound), location: location && { file: location.file, line: location.line ?? null } };
}

function namespaceOf({ request }: Asked): string | null {
  return 'path' in request ? null : request.namespace;
}

/** `list pods in namespace shop`; without a namespace, one where it is allowed is enough. */
function askedText({ text, request, isAnywhere }: Asked, answer: CallerAnswer['answer']): string {
  if (isAnywhere) return `${text} in ${answer === 'yes' ? 'at least one' : 'any'} namespace`;
  return 'path' in request || request.namespace === null ? text : `${text} in namespace ${request.namespace}`;
}
