import { isHelm, KNOWN_VARIABLES, RENDER_FIRST, templateProblem } from '../../configmap/template.ts';
import { TEMPLATE_VARIABLES } from '../../entry.ts';
import { didYouMean, quoted } from '../../text.ts';
import type { YamlNode } from '../../yaml/node.ts';
import type { LintContext, ListEntry } from '../context.ts';
import { arnRange, groupNode, rangeOf } from '../locate.ts';
import { isHuman, NODE_VARIABLE } from '../resolution.ts';
import type { Detection, Rule } from '../rule.ts';
import { LOST } from '../unparsable.ts';

/** A username or group that holds braces. */
interface Braces {
  readonly one: ListEntry;
  readonly node: YamlNode;
  readonly name: string;
  readonly kind: 'username' | 'group';
}

function* namesWithBraces({ entries }: LintContext): Generator<Braces> {
  for (const one of entries) {
    const { entry } = one;
    if (entry.username.includes('{{'))
      yield { one, node: entry.fields.username ?? entry.node, name: entry.username, kind: 'username' };
    for (const [index, name] of (entry.groups ?? []).entries())
      if (name.includes('{{')) yield { one, node: groupNode(one, index), name, kind: 'group' };
  }
}

function spotOfBraces({ one, node }: Braces) {
  return rangeOf(one.list.key, node, one.entry.index);
}

function unknownIn(name: string): string[] {
  const known = new Set<string>(TEMPLATE_VARIABLES.map((variable) => `{{${variable}}}`));
  return (name.match(/\{\{.*?(?:\}\}|$)/gs) ?? []).filter((braces) => !known.has(braces));
}

const UNREADABLE = 'kubectl cannot read the file as it is, so nothing in it reaches the cluster';

export const helmTemplate: Rule = {
  name: 'helm-template',
  severity: 'error',
  fix: 'none',
  summary: 'Something in braces is left for a template engine to fill in',
  consequence: 'the authenticator fills in its own variables alone, and takes the rest as it is written',
  help: RENDER_FIRST,
  *detect(context) {
    yield* context.problemsOf('helm-template').map((problem) => ({ ...problem, consequence: UNREADABLE }));
    for (const cause of context.unparsable) {
      if (cause.kind !== 'helm') continue;
      const { start, end, message } = templateProblem(cause.text, cause.offset);
      yield {
        range: { map: cause.key, start, end, index: null },
        what: message,
        consequence: LOST[cause.key],
      };
    }
    for (const one of context.entriesWith('helm-template'))
      yield { range: arnRange(one), what: one.problem.what };
    for (const braces of namesWithBraces(context)) {
      const helm = unknownIn(braces.name).find(isHelm);
      if (helm !== undefined)
        yield { range: spotOfBraces(braces), what: `${quoted(helm)} looks like a Helm template` };
    }
  },
};

export const unknownVariable: Rule = {
  name: 'unknown-variable',
  severity: 'error',
  fix: 'none',
  summary: 'A username or group has a {{Variable}} that the authenticator does not know',
  consequence: 'the authenticator leaves the braces as they are, so all who come in share that very name',
  help: `Use one of ${KNOWN_VARIABLES}, without spaces in the braces.`,
  *detect(context) {
    for (const braces of namesWithBraces(context)) {
      const unknown = unknownIn(braces.name).find((one) => !isHelm(one));
      if (unknown !== undefined) yield unknownDetection(braces, unknown);
    }
  },
};

function unknownDetection(braces: Braces, unknown: string): Detection {
  const near = didYouMean(unknown.replace(/[^\w]/g, ''), TEMPLATE_VARIABLES);
  return {
    range: spotOfBraces(braces),
    what: `the ${braces.kind} ${quoted(braces.name)} has ${quoted(unknown)}, which is no variable of the authenticator`,
    ...(near && {
      help: `${near} The authenticator knows ${KNOWN_VARIABLES}, without spaces in the braces.`,
    }),
  };
}

export const nodeVariableOnHuman: Rule = {
  name: 'node-variable-on-human',
  severity: 'error',
  fix: 'none',
  summary: `People get a name with ${NODE_VARIABLE}`,
  consequence:
    'the authenticator looks for an EC2 instance of that name and denies access to everyone who is none',
  help: 'Use {{SessionName}}, which is the name of the person.',
  *detect(context) {
    for (const braces of namesWithBraces(context)) {
      if (!braces.name.includes(NODE_VARIABLE) || !isHuman(braces.one.entry)) continue;
      yield {
        range: spotOfBraces(braces),
        what: `the ${braces.kind} ${quoted(braces.name)} of people has ${NODE_VARIABLE} in it`,
      };
    }
  },
};
