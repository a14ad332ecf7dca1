import { findTemplate } from '../configmap/template.ts';
import { TEMPLATE_VARIABLES } from '../entry.ts';
import { printable, quoted } from '../text.ts';
import { lineEnd } from '../yaml/lines.ts';
import type { YamlSyntaxError } from '../yaml/syntax-error.ts';
import type { ManifestProblem } from './fault.ts';

/** Why a file that means to be aws-auth is no YAML. */
export function fileFault(source: string, error: YamlSyntaxError): ManifestProblem {
  const template = findTemplate(source, 0, source.length);
  if (template >= 0) {
    const consequence = 'kubectl cannot read the file as it is, so nothing in it reaches the cluster';
    return { rule: 'helm-template', ...templateSpan(source, template), consequence };
  }
  const start = Math.min(error.offset, source.length);
  return { rule: 'invalid-yaml', start, end: start, what: `this is no YAML: ${printable(error.message)}` };
}

/** What the braces at an offset look like, and where they end. */
export function templateSpan(text: string, start: number): { start: number; end: number; what: string } {
  const line = text.slice(start, lineEnd(text, start));
  const close = line.indexOf('}}');
  const end = start + (close < 0 ? Math.min(line.length, 40) : close + 2);
  return { start, end, what: `${quoted(text.slice(start, end))} looks like a Helm template` };
}

/** `{{AccountID}} {{SessionName}} …` */
export const KNOWN_VARIABLES = TEMPLATE_VARIABLES.map((name) => `{{${name}}}`).join(' ');
