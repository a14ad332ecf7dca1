import { type Finding, refusal } from '../errors.ts';
import { didYouMean, quoted } from '../text.ts';
import type { AccessRequest, Authorizer } from './authorizer.ts';

/** What somebody asks with `--can`. */
export interface Question {
  /** Its namespace is null where none is given: then whoever may in any namespace counts. */
  readonly request: AccessRequest;
  /** Warnings about a verb or resource that nothing mentions. */
  readonly findings: readonly Finding[];
}

const FORM =
  "Write it as 'get secrets', 'create pods/exec', 'update deployments.apps/scale' or 'get /metrics'.";

/**
 * Reads `VERB RESOURCE[.GROUP][/SUBRESOURCE]`, or `VERB /PATH`.
 * @throws Failure (exit 2) for anything else, and where a resource is in several API groups
 */
export function parseQuestion(text: string, namespace: string | null, authorizer: Authorizer): Question {
  const [verb = '', target = '', ...rest] = text.trim().split(/\s+/);
  if (verb === '' || target === '' || rest.length > 0)
    throw refusal({ message: `--can: invalid question ${quoted(text)}`, help: FORM });
  const findings = verbFindings(verb, authorizer);
  if (target.startsWith('/')) return { request: { verb, path: target }, findings };
  const [path = '', subresource = null] = target.split('/', 2);
  const [resource = '', ...group] = path.split('.');
  return {
    request: { verb, apiGroup: group.join('.'), resource, subresource, name: null, namespace },
    findings,
  };
}

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];

function verbFindings(verb: string, { rbac }: Authorizer): Finding[] {
  const known = new Set([
    ...VERBS,
    ...rbac.roles.flatMap(({ rules }) => rules.flatMap(({ verbs }) => verbs)),
  ]);
  if (known.has(verb)) return [];
  const message = `--can: the verb ${quoted(verb)} stands in no role`;
  const help = didYouMean(verb, known);
  return [{ severity: 'warning', code: 'rbac-unknown-verb', message, ...(help && { help }) }];
}
