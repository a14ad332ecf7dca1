import { expect, test } from 'vitest';
import { findTemplate, templateProblem } from '../../src/aws-auth/helm.ts';
import { isHelm } from '../../src/map-entry.ts';

test.each([
  ['{{- x }}', true],
  ['{{.Values.arn}}', true],
  ['{{  .Values.arn }}', true],
  ['{{ $arn }}', true],
  ['{{"a" | quote}}', true],
  ['{{`a`}}', true],
  ['{{ (index .a 0) }}', true],
  ['{{include "a" .}}', true],
  ['{{ include   "a" . }}', true],
  ['{{ end }}', true],
  ['{{end}}', true],
  ['{{  else}}', true],
  ['{{SessionName}}', false],
  ['{{ SesionName }}', false],
  ['{{SesionName  }}', false],
  ['{{ endpoint }}', false],
  ['{{elsewhere}}', false],
  ['{{}}', false],
  ['a {{ .Values.arn }}', false],
])('%s is a Helm template: %s', (braces, expected) => {
  expect(isHelm(braces)).toBe(expected);
});

test.each([
  ['{{ .a }}', 0],
  ['{{AccountID}}{{SessionName}}{{ .a }}', 28],
  ['{{SessionName}} {{AccountID}}', -1],
  ['{{AccountID }}', 0],
  ['a { { b', -1],
  ['a: {{{AccountID}}', 3],
])('the first braces in %j that are not a variable are at %d', (text, offset) => {
  expect(findTemplate(text, 0, text.length)).toBe(offset);
  expect(findTemplate(`{{ .x }}${text}`, 8, 8 + text.length)).toBe(offset < 0 ? -1 : 8 + offset);
  if (offset >= 0) expect(findTemplate(text, 0, offset)).toBe(-1);
});

test.each([
  ['{{ .a }} b }}', '{{ .a }}'],
  ['{{}} {{ .a }}', '{{}}'],
  ['{{ .a\n}}', '{{ .a'],
  [`{{ ${'a'.repeat(40)}`, `{{ ${'a'.repeat(37)}`],
])('%j is quoted up to the end of the braces or line', (text, quoted) => {
  const { start, end, message } = templateProblem(`- ${text}`, 2);
  expect([start, end]).toEqual([2, 2 + quoted.length]);
  expect(message).toBe(`${JSON.stringify(quoted)} looks like a Helm template`);
});
