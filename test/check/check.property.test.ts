import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument } from '../../src/check/check.ts';
import { fix } from '../../src/check/fix.ts';
import { AUTHENTICATION_MODES, ENTRY_TYPES } from '../../src/eks.ts';
import { printable } from '../../src/text.ts';
import { applyEdits } from '../../src/yaml/edit.ts';
import { anyText } from '../any-text.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';
import { runs } from '../runs.ts';
import { brokenConfigMap, brokenList } from './broken-config-map.ts';

const files = fc.oneof(
  { weight: 4, arbitrary: brokenConfigMap },
  { weight: 1, arbitrary: brokenList.map((list) => `- rolearn: a\n${list}`) },
);

test('findings are within the file, in file order, and nothing throws', () => {
  fc.assert(
    fc.property(files, (source) => {
      const findings = checkDocument(readWithProblems(source, 'f'));
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

const names = fc.oneof(anyText(), fc.constantFrom('a', 'system:masters', 'x:{{SessionName}}'));
const principals = fc.oneof(
  names,
  names.map((name) => `arn:aws:iam::111122223333:role/${name}`),
  fc.constantFrom(role('111122223333', 'Admin').pathArn, role('111122223333', 'Gone').pathArn),
);
const clusters = fc.record({
  name: fc.constant('prod'),
  arn: fc.oneof(names, fc.constant('arn:aws:eks:eu-west-1:111122223333:cluster/prod')),
  authenticationMode: fc.constantFrom(...AUTHENTICATION_MODES),
  accessEntries: fc.array(
    fc.record({
      principalArn: principals,
      type: fc.oneof(names, fc.constantFrom(...ENTRY_TYPES)),
      username: fc.option(names),
      kubernetesGroups: fc.array(names),
      policies: fc.array(
        fc.record({
          policyArn: names,
          scope: fc.oneof(fc.constant('cluster' as const), fc.record({ namespaces: fc.array(names) })),
        }),
      ),
      createdAt: fc.constantFrom('2020-01-01T00:00:00Z', '2026-06-01T00:00:00Z'),
    }),
  ),
});

test('access entries never throw, names are printable, and a shell parses the commands as intended', () => {
  const known = inventory([account('111122223333')], [role('111122223333', 'Admin', 2)]);
  fc.assert(
    fc.property(fc.option(files), clusters, (source, cluster) => {
      const document = source === null ? null : readWithProblems(source, 'f');
      for (const { location, message, help } of checkDocument(document, {
        cluster: { eks: cluster },
        inventory: known,
      })) {
        if (location.line === undefined) expect(location).toEqual({ file: 'cluster prod', isFile: false });
        for (const line of [message, ...help.split('\n')]) expect(printable(line)).toBe(line);
        for (const line of help.split('\n').filter((one) => /^aws(?:-auth-sso)? /.test(one)))
          expect(line.replaceAll("'\\''", '').replace(/(?: > access-entries\.sh)?(?: &&)?$/, '')).toMatch(
            /^(?:[\w@%+=:,./-]+|'[^']*')(?: (?:[\w@%+=:,./-]+|'[^']*'))*$/,
          );
      }
    }),
    runs(150),
  );
});

test.each([false, true])('a second fix changes nothing (access: %s)', (access) => {
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
