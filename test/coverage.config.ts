import { relative, sep } from 'node:path';
import { mergeConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';
import { groupBy } from '../src/group-by.ts';
import tests from '../vitest.config.ts';

/** Minimum branch coverage, in percent, of each folder that decides who has access. */
const BRANCHES: Readonly<Record<string, number>> = {
  'aws-auth': 95,
  change: 95,
  check: 95,
  mapping: 95,
  rbac: 95,
};

/** The used part of istanbul's coverage map. */
interface CoverageMap {
  files(): string[];
  fileCoverageFor(file: string): {
    toSummary(): { readonly branches: { readonly covered: number; readonly total: number } };
  };
}

/** Prints one line per folder: the summary has one line in total, the other reports one per file. */
const rooms: Reporter = {
  onCoverage(map) {
    const coverage = map as CoverageMap;
    console.log('\nbranches');
    for (const [room, files] of groupBy(coverage.files().sort(), roomOf)) {
      const branches = files.map((file) => coverage.fileCoverageFor(file).toSummary().branches);
      const covered = branches.reduce((sum, file) => sum + file.covered, 0);
      const total = branches.reduce((sum, file) => sum + file.total, 0);
      // Rounded down: 95.00 is never less than 95.
      const share = (Math.floor((10_000 * covered) / total) / 100).toFixed(2).padStart(7);
      const bound = room in BRANCHES ? `at least ${BRANCHES[room]}` : '';
      console.log(`${room.padEnd(16)}${share} %  ${`${covered}/${total}`.padEnd(12)}${bound}`.trimEnd());
    }
  },
};

/** The folder in src/ that a file belongs to; `.` for the files directly in it. */
function roomOf(file: string): string {
  const [room = '', ...rest] = relative('src', file).split(sep);
  return rest.length === 0 ? '.' : room;
}

/** The tests of `npm test`, with coverage; coverage/index.html shows uncovered code. */
// biome-ignore lint/style/noDefaultExport: vitest reads it
export default mergeConfig(tests, {
  test: {
    // Time limits make no sense for instrumented code.
    testTimeout: 120_000,
    reporters: ['default', rooms],
    coverage: {
      enabled: true,
      include: ['src/**'],
      reporter: ['text-summary', 'html'],
      thresholds: Object.fromEntries(
        Object.entries(BRANCHES).map(([room, branches]) => [`src/${room}/**`, { branches }]),
      ),
    },
  },
});
