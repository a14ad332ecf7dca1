/** Terminal colors, by the codes that the program prints. */
export interface Theme {
  readonly background: string;
  readonly bar: string;
  readonly border: string;
  readonly text: string;
  readonly muted: string;
  readonly red: string;
  readonly green: string;
  readonly yellow: string;
  readonly blue: string;
  readonly cyan: string;
}

export const THEMES: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    background: '#ffffff',
    bar: '#f0f2f5',
    border: '#d0d7de',
    text: '#1f2328',
    muted: '#656d76',
    red: '#b42318',
    green: '#116329',
    yellow: '#7d4e00',
    blue: '#0550ae',
    cyan: '#1b6b84',
  },
  dark: {
    background: '#0d1117',
    bar: '#1c2128',
    border: '#30363d',
    text: '#e6edf3',
    muted: '#8d96a0',
    red: '#ff8a80',
    green: '#56d364',
    yellow: '#e3b341',
    blue: '#79c0ff',
    cyan: '#76e3ea',
  },
};

/** A command and its output, with ANSI codes. */
export interface Shown {
  readonly command: string;
  readonly output: string;
}

const [ADVANCE, LINE, SIZE, PADDING, BAR] = [8.4, 19, 14, 20, 34];
const MONOSPACE = 'ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono, monospace';

/** Draws a terminal that ran these commands, sized to its text. */
export function terminalSvg(title: string, shown: readonly Shown[], theme: Theme): string {
  const lines = shown.flatMap(({ command, output }, index) => [
    ...(index > 0 ? [[]] : []),
    [
      { text: '$ ', classes: ['muted'] },
      { text: command, classes: ['bold'] },
    ],
    ...linesOf(output),
  ]);
  const columns = Math.max(...lines.map(lengthOf));
  const width = Math.ceil(columns * ADVANCE) + 2 * PADDING;
  const height = BAR + lines.length * LINE + PADDING + 8;
  const dots = ['red', 'yellow', 'green'].map(
    (name, index) => `<circle class="${name}" cx="${PADDING + 6 + index * 20}" cy="${BAR / 2}" r="6"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escapeXml(title)}</title>
<style>
text { font: ${SIZE}px ${MONOSPACE}; fill: ${theme.text}; white-space: pre; }
.bold { font-weight: 600; }
${(['muted', 'red', 'green', 'yellow', 'blue', 'cyan'] as const).map((name) => `.${name} { fill: ${theme[name]}; }`).join('\n')}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${theme.background}" stroke="${theme.border}"/>
<path d="M1 ${BAR} V9 a8 8 0 0 1 8 -8 H${width - 9} a8 8 0 0 1 8 8 V${BAR} Z" fill="${theme.bar}"/>
${dots.join('\n')}
${lines.flatMap((line, index) => textOf(line, BAR + 22 + index * LINE)).join('\n')}
</svg>
`;
}

interface Span {
  readonly text: string;
  readonly classes: readonly string[];
}

function lengthOf(line: readonly Span[]): number {
  return line.reduce((sum, { text }) => sum + text.length, 0);
}

/** Text with its length, so that columns align in any font. */
function textOf(line: readonly Span[], y: number): string[] {
  if (lengthOf(line) === 0) return [];
  const spans = line.map(({ text, classes }) =>
    classes.length === 0 ? escapeXml(text) : `<tspan class="${classes.join(' ')}">${escapeXml(text)}</tspan>`,
  );
  const length = Math.round(lengthOf(line) * ADVANCE * 10) / 10;
  return [
    `<text x="${PADDING}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${spans.join('')}</text>`,
  ];
}

const COLORS: Readonly<Record<number, string>> = {
  31: 'red',
  32: 'green',
  33: 'yellow',
  34: 'blue',
  36: 'cyan',
};

/** Output of `styleText`: bold and a color, each with its own end code. */
function linesOf(output: string): Span[][] {
  let [bold, color]: [boolean, string | undefined] = [false, undefined];
  const spans = output.split(/(\x1b\[\d+m)/).flatMap((part) => {
    const code = Number(/^\x1b\[(\d+)m$/.exec(part)?.[1] ?? Number.NaN);
    if (code === 1 || code === 22) bold = code === 1;
    else if (code === 39 || COLORS[code] !== undefined) color = COLORS[code];
    else if (part.includes('\x1b')) throw new Error(`unknown escape sequence: ${JSON.stringify(part)}`);
    else return [{ text: part, classes: [...(bold ? ['bold'] : []), ...(color ? [color] : [])] }];
    return [];
  });
  const lines: Span[][] = [[]];
  for (const { text, classes } of spans) {
    const [first = '', ...rest] = text.split('\n');
    if (first !== '') lines.at(-1)?.push({ text: first, classes });
    for (const line of rest) lines.push(line === '' ? [] : [{ text: line, classes }]);
  }
  return lines.at(-1)?.length === 0 ? lines.slice(0, -1) : lines;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
