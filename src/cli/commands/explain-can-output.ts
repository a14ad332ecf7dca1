import type { CallerAnswer } from '../../access/caller-answer.ts';
import { EVERYBODY } from '../../access/labels.ts';
import type { NearestGrant } from '../../access/nearest-grant.ts';
import { AUTHENTICATED } from '../../authenticator/groups.ts';
import { type BoundRole, boundRoleText, roleText, throughOf } from '../../rbac/model.ts';
import type { Asked } from '../../rbac/question.ts';
import { listed, printable, quoted } from '../../text.ts';
import { indented, row, rows, sourceText } from './explain-rows.ts';

/** `yes: list pods in namespace shop`, with what allows it, or why not and what comes closest. */
export function answerLines({ asked, answer, admin, through, nearest, why, help }: CallerAnswer): string[] {
  const texts = [
    ...(admin === null ? [] : [`${admin} (needs no binding)`]),
    ...through.map(
      (bound) => `${isOfEverybody(bound) ? EVERYBODY : ''}${boundRoleText(bound)}${sourceText(bound)}`,
    ),
  ];
  return [
    `${answer}: ${printable(askedText(asked, answer))}`,
    ...(why === null ? [] : [row('because', why)]),
    ...rows('through', texts),
    ...(help === null ? [] : indented(help)),
    ...(answer === 'no' && why === null ? closestLines(nearest) : []),
  ];
}

function closestLines(nearest: NearestGrant | null): string[] {
  if (!nearest) return [row('closest', '(none)')];
  const help = nearest.help === null ? [] : indented(nearest.help, 15);
  return [row('closest', nearestText(nearest)), ...help];
}

export function answerJson({ asked, answer, admin, through, nearest, why, help }: CallerAnswer) {
  return {
    text: asked.text,
    namespace: namespaceOf(asked),
    answer,
    admin,
    through: through.map((bound) => ({ ...placedOf(bound), ofEverybody: isOfEverybody(bound) })),
    nearest: nearest && {
      nearness: nearest.nearness,
      ...(nearest.nearness === 'role'
        ? {
            ...throughOf(nearest.bound),
            binding: null,
            subject: null,
            namespace: namespaceOf(asked),
            location: null,
          }
        : placedOf(nearest.bound)),
      names: nearest.names,
      verbs: nearest.verbs,
      risks: [...new Set(nearest.risks.map(({ risk }) => risk))],
      help: nearest.help,
    },
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

function nearestText({ nearness, bound, names, verbs, risks }: NearestGrant): string {
  const text = `${boundRoleText(bound)}${sourceText(bound)}`;
  switch (nearness) {
    case 'names':
      return `${text}, only for objects named ${listed(names.map(quoted))}`;
    case 'namespace':
      return `${text}, which doesn't apply there`;
    case 'verb':
      return `${text}, which allows ${listed(verbs)}`;
    case 'subject':
      return `${text}${risksText(risks)}`;
    case 'role':
      return `${roleText(bound.role)}, which the caller doesn't have${risksText(risks)}`;
  }
}

function risksText(risks: NearestGrant['risks']): string {
  const texts = listed(risks.map(({ text }) => text));
  return risks.length === 0 ? '' : `; it grants admin-equivalent permissions (${texts})`;
}
