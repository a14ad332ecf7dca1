import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWithProblems } from '../../src/configmap/document.ts';
import { fix } from '../../src/lint/fix.ts';
import { lint } from '../../src/lint/lint.ts';
import { applyEdits } from '../../src/yaml/edit.ts';
import { runs } from '../runs.ts';
import { brokenConfigMap, brokenList } from './broken-config-map.ts';

const files = fc.oneof(
  { weight: 4, arbitrary: brokenConfigMap },
  { weight: 1, arbitrary: brokenList.map((list) => `- rolearn: a\n${list}`) },
);

test('finds mistakes within the file, in its order, and never fails', () => {
  fc.assert(
    fc.property(files, (source) => {
      const findings = lint(readWithProblems(source, 'f'));
      let last = 0;
      for (const {
        start,
        end,
        location: { line, column },
      } of findings) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(source.length);
        expect(source.slice(start, end)).not.toMatch(/[\r\n]/);
        expect([line, column]).not.toContain(undefined);
        last = start;
      }
    }),
    runs(150),
  );
});

test.each([false, true])('fixes for good: a second fix changes nothing (access: %s)', (access) => {
  fc.assert(
    fc.property(files, (source) => {
      const first = fix(readWithProblems(source, 'f'), { access });
      const second = fix(readWithProblems(first.text, 'f'), { access });
      expect(second.text).toBe(first.text);
      expect(second.changed).toBe(false);
      expect(second.effective).toEqual([]);
      expect(second.remaining).toEqual(first.remaining);
      if (!first.changed) expect(first.text).toBe(source);
      expect(applyEdits(source, first.edits)).toBe(first.text);
    }),
    runs(150),
  );
});
