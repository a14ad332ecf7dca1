import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markdownTable, median, number, type Report, type Target } from './benchmark.ts';
import { type MeasuredRun, measuredRun } from './measured-run.ts';
import { type BrowserCost, browserCost, type Cost } from './page-browser.ts';
import { writePageInputs } from './page-inputs.ts';

const ROUNDS = 2;
const MOST = { sizeMb: 25, overJson: 1.2, firstRowsMs: 3_000, keystrokeMs: 100, tabMb: 500 };

/**
 * `who -o html` for 5,000 people in 40 clusters: what writing the page costs over `-o json`, and what reading it costs in
 * Chromium, without RBAC and with it.
 */
export async function benchmarkPage(root: URL): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'page-'));
  try {
    const { argv, rbac } = await writePageInputs(folder);
    const measured: Measured[] = [];
    for (const [name, words] of [
      ['without RBAC', argv],
      ['with RBAC', [...argv, ...rbac]],
    ] as const) {
      const page = join(folder, `${name}.html`);
      const json = await best(root, words, 'json', join(folder, 'rows.json'));
      const html = await best(root, words, 'html', page);
      const sizeMb = (await stat(page)).size / 1e6;
      measured.push({ name, json, html, sizeMb, browser: await browserCost(page) });
    }
    return { text: measured.map(tablesOf).join('\n\n'), targets: measured.flatMap(targetsOf) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Measured {
  readonly name: string;
  readonly json: MeasuredRun;
  readonly html: MeasuredRun;
  readonly sizeMb: number;
  readonly browser: BrowserCost;
}

/** Writes to a file: as a string, JSON would be too long. */
async function best(root: URL, argv: readonly string[], format: string, path: string): Promise<MeasuredRun> {
  const program = new URL('bin/aws-auth-sso.js', root);
  const runs: MeasuredRun[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const file = await open(path, 'w');
    try {
      runs.push(await measuredRun(program, ['who', ...argv, '-o', format], {}, 'ignore', file.fd));
    } finally {
      await file.close();
    }
  }
  const least = (of: (run: MeasuredRun) => number) => Math.min(...runs.map(of));
  return {
    stdout: '',
    wallMs: least((run) => run.wallMs),
    cpuMs: least((run) => run.cpuMs),
    peakMb: least((run) => run.peakMb),
  };
}

function targetsOf({ name, json, html, sizeMb, browser }: Measured): Target[] {
  const { firstRowsMs, keystrokes, peakMb } = browser;
  return [
    { name: `${name}, size`, measured: sizeMb, most: MOST.sizeMb, unit: 'MB' },
    { name: `${name}, time over -o json`, measured: html.cpuMs / json.cpuMs, most: MOST.overJson },
    { name: `${name}, memory over -o json`, measured: html.peakMb / json.peakMb, most: MOST.overJson },
    { name: `${name}, first rows`, measured: firstRowsMs, most: MOST.firstRowsMs, unit: 'ms' },
    {
      name: `${name}, slowest keystroke`,
      measured: worst(keystrokes).wallMs,
      most: MOST.keystrokeMs,
      unit: 'ms',
    },
    { name: `${name}, memory of the tab`, measured: peakMb, most: MOST.tabMb, unit: 'MB' },
  ];
}

function worst(costs: readonly Cost[]): Cost {
  const most = (of: (cost: Cost) => number) => Math.max(...costs.map(of));
  return { wallMs: most((cost) => cost.wallMs), cpuMs: most((cost) => cost.cpuMs) };
}

function medianCost(costs: readonly Cost[]): Cost {
  return {
    wallMs: median(costs.map(({ wallMs }) => wallMs)),
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
  };
}

function tablesOf({ name, json, html, browser }: Measured): string {
  const rounded = (...values: readonly number[]) => values.map((value) => number(Math.round(value)));
  const ofRun = ({ wallMs, cpuMs, peakMb }: MeasuredRun) => rounded(wallMs, cpuMs, peakMb);
  const ofCost = ({ wallMs, cpuMs }: Cost) => [...rounded(wallMs, cpuMs), ''];
  const { keystrokes, sorts, firstRowsMs, peakMb, ownMb } = browser;
  return markdownTable(
    [name, 'wall ms', 'CPU ms', 'peak MB'],
    [
      ['-o json', ...ofRun(json)],
      ['-o html', ...ofRun(html)],
      [
        `in the browser (${rounded(ownMb).join()} MB not shared)`,
        ...rounded(firstRowsMs),
        '',
        ...rounded(peakMb),
      ],
      ['keystroke, median', ...ofCost(medianCost(keystrokes))],
      ['keystroke, slowest', ...ofCost(worst(keystrokes))],
      ['sorting, slowest', ...ofCost(worst(sorts))],
    ],
  );
}
