/** Code that sets a flag if it runs. */
const CODE = 'window.ran=1';

const MARKUP = [
  `<script>${CODE}</script>`,
  `</script><script>${CODE}</script>`,
  `</ScRiPt ><svg/onload=${CODE}>`,
  '<!--',
  '-->',
  '<!--<script>',
  ']]>',
  `<img src=x onerror=${CODE}>`,
  `<svg><script>${CODE}</script></svg>`,
  `<iframe srcdoc="<script>parent.${CODE}</script>">`,
  `<a href="javascript:${CODE}">x</a>`,
  `<body onload=${CODE}>`,
  `<details open ontoggle=${CODE}>`,
  `<style>*{display:none}</style>`,
  '<style>@import "https://evil.invalid/x.css"</style>',
  '<link rel=stylesheet href=https://evil.invalid/x.css>',
  '<meta http-equiv=refresh content="0;url=https://evil.invalid">',
  '<base href=https://evil.invalid/>',
  '<form action=https://evil.invalid><input name=x autofocus>',
  '<template><img src=x></template>',
  '<math><mtext></form><form><mglyph><style></math>',
  '</td></tr></table><h1>gone',
  '</textarea></title></noscript>',
  '&lt;b&gt;&amp;&#60;script&#62;&NewLine;',
  '\\u003cscript>',
  '\\x3cscript\\x3e',
];
const ATTRIBUTES = [
  `" onclick="${CODE}" x="`,
  `' onmouseover='${CODE}`,
  `x" autofocus onfocus=${CODE} "`,
  'x` onclick=`1',
  '"><b>',
  "'><b>",
  '{"a":"b"}',
  `";${CODE};"`,
  `';${CODE};'`,
  '\\',
  '\\"',
  '\\u0022',
];
const ADDRESSES = [
  `javascript:${CODE}`,
  `JaVaScRiPt:${CODE}//`,
  `java\tscript:${CODE}`,
  `data:text/html,<script>${CODE}</script>`,
  'https://evil.invalid/?a=b#c',
  '//evil.invalid',
  'file:///etc/passwd',
  '#tab=graph&search=x',
  'a&access=none',
  'a=b&c=d',
  'a%26b%3Dc%00',
  '%',
  '%E0%A4%A',
  '+a+b+',
  'a;b,c',
  '../../../etc/passwd',
  'C:\\Windows\\a:b*c?',
];
const TEMPLATES = [
  `\${${CODE}}`,
  `{{${CODE}}}`,
  `{{constructor.constructor("${CODE}")()}}`,
  '{{SessionName}}',
  '{{AccountID}}',
  '<%= 7*7 %>',
  '#{7*7}',
  '[[7*7]]',
  '%s%n%x',
  '$1$&$`$<a>',
  "$'",
  '`',
  'x"]; click a href "javascript:1" %%{init: {}}%%',
];
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'length',
  'undefined',
  'null',
  'NaN',
  '0',
  '-1',
  'true',
  'then',
];
const FORMULAS = [
  '=HYPERLINK("https://evil.invalid","x")',
  '=cmd|" /C calc"!A0',
  '@SUM(1)',
  '+1+1',
  '-1+1',
  '\t=1',
  '\r=1',
  'a,b',
  'a;b',
  'a"b""c',
  'a\r\nb',
  '=1\n=2',
];
const UNSEEN = [
  'abc\u202efed\u2066x\u200f',
  '\u202d\u202e',
  '\u2067right\u2069',
  'a\u200b\u200c\u200d\u2060b\ufeff',
  '\u00ad\u034f\u061c\u180e',
  '\u0000',
  'a\u0000b',
  '\u001b[2J\u001b[31mred',
  '\u0007\u0008\u007f',
  'line\nbreak',
  'line\u2028break\u2029',
  '\u0085',
  '\ud800',
  '\udc00x',
  'a\ud83d',
  '\ufffd\ufffe\uffff',
  '\u{e0041}\u{e007f}',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  'Z\u0351\u0343\u0304\u0301algo\u0300\u0301'.repeat(9),
  'مرحبا بالعالم',
  'שלום',
  'İstanbul ıI ß ﬁ',
  'é e\u0301',
  '\u3000',
  ' leading and trailing ',
  ' ',
  '\u00a0',
];
const COMMANDS = [
  'x ##[error]gone ##vso[task.complete]',
  '::error file=a.yaml::gone',
  '# x\n- y: z',
  '*&!|>%@',
  '[x](javascript:1)',
];
const LONG = [
  'x'.repeat(1_000),
  'long '.repeat(200),
  '<b>'.repeat(300),
  '\u202e'.repeat(500),
  '𝕏'.repeat(500),
  '…'.repeat(1_000),
];

/** Kinds of hostile names. */
export const PAYLOADS = [
  MARKUP,
  ATTRIBUTES,
  ADDRESSES,
  TEMPLATES,
  KEYS,
  FORMULAS,
  UNSEEN,
  COMMANDS,
  LONG,
].flat();
const FRAMES: readonly ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `ada ${payload}`,
  (payload) => `${payload}@example.com`,
  (payload) => `"${payload}'`,
];

/** 500 names that must remain text, all different, with at most 1,024 characters. */
export const HOSTILE_NAMES: readonly string[] = [
  ...new Set(FRAMES.flatMap((frame) => PAYLOADS.map((payload) => frame(payload).slice(0, 1_024)))),
].slice(0, 500);

/** A name of the same length that means nothing: `xxxxxxx-17`. */
export function harmless(name: string, index: number): string {
  return `${'x'.repeat(Math.max(0, name.length - String(index).length - 1))}-${index}`;
}
