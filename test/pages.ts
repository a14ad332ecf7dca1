import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

export const ROOT = join(import.meta.dirname, '..');

/** Written by their own tests, from the program. */
const GENERATED = ['commands.md', 'rules.md'];

/** Pages for users, relative to the root of the project. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md') && !GENERATED.includes(name))
    .map((name) => `docs/${name}`)
    .sort(),
];

/** Pages whose commands aren't run, but must be right. */
export const MORE_PAGES: readonly string[] = [
  ...GENERATED.map((name) => `docs/${name}`),
  '.github/CONTRIBUTING.md',
  '.github/SECURITY.md',
  'test/golden/README.md',
];

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** A fenced block. */
export interface Block {
  readonly page: string;
  readonly language: string;
  /** From the comment above the block: the circumstances of its commands (see `readers-shell.ts`); null if they are not run. */
  readonly circumstances: string | null;
  /** From that comment: the file that a reader edits like this. */
  readonly edited: string | null;
  readonly text: string;
}

const BLOCK = /(?:^<!-- (not run: [^>]+|run with ([\w-]+)|edit ([\w./-]+)) -->\n)?^```(\w+)\n(.*?)^```$/gms;

export function blocksIn(page: string): Block[] {
  return [...textOf(page).matchAll(BLOCK)].map(
    ([, mark, circumstances = '', edited = null, language = '', text = '']) => ({
      page,
      language,
      circumstances: mark?.startsWith('not run') ? null : circumstances,
      text,
      edited,
    }),
  );
}

/** The blocks of one language on all pages. */
export function blocksOf(language: string): Block[] {
  return PAGES.flatMap(blocksIn).filter((block) => block.language === language);
}

/** The commands of a `console` block, which shows what they print. */
export function commandsOf({ text }: Block): string[] {
  return [...text.matchAll(/^\$ (.*)$/gm)].map(([, command = '']) => command);
}

/** The commands that a reader types: those of a `console` block, line by line, or a script. */
export function scriptOf(block: Block): string {
  return block.language === 'console' ? commandsOf(block).join('\n') : block.text;
}

/** Workflows that readers copy, relative to the root of the project. */
export const WORKFLOWS: readonly string[] = readdirSync(join(ROOT, 'examples', 'workflows'))
  .map((name) => `examples/workflows/${name}`)
  .sort();

/** A job of GitHub's workflows or, with `script`, of GitLab's. */
interface Job {
  readonly steps?: readonly { readonly run?: string }[];
  readonly script?: readonly string[];
}

/** Scripts of a workflow, which `example-workflows.pages.ts` runs. */
function scriptsIn(workflow: string): string[] {
  const value = load(textOf(workflow)) as Readonly<Record<string, Job>>;
  const jobs = Object.values('jobs' in value ? (value.jobs as typeof value) : value);
  return jobs.flatMap(({ steps = [], script = [] }) => [...steps.flatMap(({ run }) => run ?? []), ...script]);
}

/** Everything that a reader or a workflow runs in a shell. */
export function scripts(): Block[] {
  const ofWorkflows = WORKFLOWS.flatMap((page) =>
    scriptsIn(page).map((text): Block => ({ page, language: 'sh', circumstances: null, edited: null, text })),
  );
  return [...['console', 'sh', 'bash'].flatMap(blocksOf), ...ofWorkflows];
}
