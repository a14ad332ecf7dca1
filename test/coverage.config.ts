import { relative, sep } from 'node:path';
import { mergeConfig } from 'vitest/config';
import type { Reporter } from 'vitest/node';
import { groupBy } from '../src/group-by.ts';
import tests from '../vitest.config.ts';

/** The share of branches, in percent, that the tests take at least in each room that decides who gets in. */
const BRANCHES: Readonly<Record<string, number>> = {
  authenticator: 95,
  configmap: 95,
  lint: 95,
  mapping: 95,
  merge: 95,
  rbac: 95,
};

/** What is read here of istanbul's coverage map. */
interface CoverageMap {
  files(): string[];
  fileCoverageFor(file: string): {
    toSummary(): { readonly branches: { readonly covered: number; readonly total: number } };
  };
}

/** Prints one line for each room: the summary has one for all of them, the other reports one for each file. */
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

/** The tests of `npm test`, with how much of the source they run; coverage/index.html shows what they leave out. */
// biome-ignore lint/style/noDefaultExport: what vitest reads
export default mergeConfig(tests, {
  test: {
    // The clock is no judge of code that counts its branches.
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
