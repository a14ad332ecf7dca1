import { isHelm, KNOWN_VARIABLES, RENDER_FIRST, templateProblem } from '../../configmap/template.ts';
import { NODE_VARIABLE, TEMPLATE_VARIABLES } from '../../entry.ts';
import { didYouMean, quoted } from '../../text.ts';
import type { YamlNode } from '../../yaml/node.ts';
import type { LintContext, ListEntry } from '../context.ts';
import { arnRange, groupNode, rangeOf } from '../locate.ts';
import { cannotBeNode } from '../resolution.ts';
import type { Detection, Rule } from '../rule.ts';
import { DISCARDED } from '../unparsable.ts';
import { manifestProblems } from './manifest.ts';

/** A username or group that holds braces. */
interface Braces {
  readonly listEntry: ListEntry;
  readonly node: YamlNode;
  readonly name: string;
  readonly kind: 'username' | 'group';
}

function* namesWithBraces({ entries }: LintContext): Generator<Braces> {
  for (const listEntry of entries) {
    const { entry } = listEntry;
    if (entry.username.includes('{{'))
      yield { listEntry, node: entry.fields.username ?? entry.node, name: entry.username, kind: 'username' };
    for (const [index, name] of (entry.groups ?? []).entries())
      if (name.includes('{{')) yield { listEntry, node: groupNode(listEntry, index), name, kind: 'group' };
  }
}

function rangeOfBraces({ listEntry, node }: Braces) {
  return rangeOf(listEntry.list.key, node, listEntry.entry.index);
}

const KNOWN: ReadonlySet<string> = new Set(TEMPLATE_VARIABLES.map((variable) => `{{${variable}}}`));

function unknownIn(name: string): string[] {
  return (name.match(/\{\{.*?(?:\}\}|$)/gs) ?? []).filter((braces) => !KNOWN.has(braces));
}

const helmTemplate: Rule = {
  name: 'helm-template',
  severity: 'error',
  fix: 'none',
  summary: 'A value contains braces of a template engine, such as Helm',
  consequence: 'the authenticator replaces only its own variables',
  help: RENDER_FIRST,
  *detect(context) {
    for (const detection of manifestProblems(context, 'helm-template'))
      yield { ...detection, consequence: 'kubectl cannot read it' };
    for (const cause of context.unparsable) {
      if (cause.kind !== 'helm') continue;
      const { start, end, message } = templateProblem(cause.text, cause.offset);
      const range = { map: cause.key, start, end, index: null };
      yield { range, what: message, consequence: DISCARDED[cause.key] };
    }
    for (const listEntry of context.entriesWith('helm-template'))
      yield { range: arnRange(listEntry), what: listEntry.problem.what };
    for (const braces of namesWithBraces(context)) {
      const helm = unknownIn(braces.name).find(isHelm);
      if (helm !== undefined)
        yield { range: rangeOfBraces(braces), what: `${quoted(helm)} looks like a Helm template` };
    }
  },
};

const unknownVariable: Rule = {
  name: 'unknown-variable',
  severity: 'error',
  fix: 'none',
  summary: 'A username or group contains a {{Variable}} that the authenticator does not know',
  consequence: 'the authenticator does not replace it, so all who use the entry share this name',
  help: `Use one of ${KNOWN_VARIABLES}, without spaces in the braces.`,
  *detect(context) {
    for (const braces of namesWithBraces(context)) {
      const unknown = unknownIn(braces.name).find((variable) => !isHelm(variable));
      if (unknown !== undefined) yield unknownDetection(braces, unknown);
    }
  },
};

function unknownDetection(braces: Braces, unknown: string): Detection {
  const near = didYouMean(unknown.replace(/[^\w]/g, ''), TEMPLATE_VARIABLES);
  return {
    range: rangeOfBraces(braces),
    what: `the ${braces.kind} ${quoted(braces.name)} contains the unknown variable ${quoted(unknown)}`,
    ...(near && {
      help: `${near} The authenticator knows ${KNOWN_VARIABLES}, without spaces in the braces.`,
    }),
  };
}

const nodeVariableOnHuman: Rule = {
  name: 'node-variable-on-human',
  severity: 'error',
  fix: 'none',
  summary: `The username or a group of people contains ${NODE_VARIABLE}`,
  consequence: 'the authenticator looks up the EC2 instance of the caller, and denies access to people',
  help: 'Use {{SessionName}}, the name of the person.',
  *detect(context) {
    for (const braces of namesWithBraces(context)) {
      if (!braces.name.includes(NODE_VARIABLE) || !cannotBeNode(braces.listEntry.entry)) continue;
      yield {
        range: rangeOfBraces(braces),
        what: `the ${braces.kind} ${quoted(braces.name)} of people contains ${NODE_VARIABLE}`,
      };
    }
  },
};

export const templateRules: readonly Rule[] = [helmTemplate, unknownVariable, nodeVariableOnHuman];
