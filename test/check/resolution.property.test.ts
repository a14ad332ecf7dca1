import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentLines } from '../../src/aws-auth/block-scalar.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import type { LoadedMap } from '../../src/aws-auth/loaded.ts';
import { fix } from '../../src/check/fix.ts';
import { quoted } from '../../src/text.ts';
import { runs } from '../runs.ts';
import { brokenConfigMap } from './broken-config-map.ts';

/**
 * Lists with many collisions: few ARNs in several cases, values that YAML reads as other types, merge keys, aliases.
 */
const USER = 'arn:aws:iam::111122223333:user/';
const arn = fc.constantFrom(
  `${USER}bob`,
  `${USER}Bob`,
  'arn:aws:iam::111122223333:role/a',
  'arn:aws:iam::111122223333:role/A',
  'arn:aws:iam::111122223333:role/p/a',
);
const name = fc.constantFrom('bob', 'no', '123', '~', '"a b"', '&n yes', '{{SessionName}}');
const groups = fc.constantFrom('[]', '[no, view]', '[view]', '&g [edit]', 'view', '');
const key = fc.constantFrom('groups', 'groups', 'group', 'GROUPS');
const extra = fc.constantFrom(
  '',
  '',
  '',
  '  <<: {groups: [base]}\n',
  '  <<: {Groups: [base], username: base}\n',
);
const item = (arnKey: string) =>
  fc
    .tuple(arn, name, key, groups, extra, fc.boolean())
    .map(([a, n, k, g, merge, first]) =>
      first
        ? `- ${arnKey}: ${a}\n${merge}  username: ${n}\n  ${k}: ${g}\n`
        : `- ${arnKey}: ${a}\n  username: ${n}\n  ${k}: ${g}\n${merge}`,
    );
const list = (arnKey: string) => fc.array(item(arnKey), { maxLength: 5 }).map((items) => items.join(''));
const colliding = fc
  .tuple(list('rolearn'), list('userarn'), fc.constantFrom('mapRoles', 'maproles'))
  .map(
    ([roles, users, roleKey]) =>
      `kind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  ${roleKey}: |\n${indentLines(roles, 4)}  mapUsers: |\n${indentLines(users, 4)}`,
  );
const files = fc.oneof(colliding, brokenConfigMap);

/**
 * The identity of each caller, computed independently of the code under test. The authenticator keys roles by
 * lower-case ARN and users by the ARN as written, and asks roles first. If users differ only in case, any of them may
 * apply.
 */
function resolved(source: string): Map<string, string> {
  const document = readWithProblems(source, 'f');
  const kept = ({ entries }: LoadedMap, keyOf: (arn: string) => string) =>
    new Map(
      entries
        .filter(({ sso }) => sso === null)
        .map(({ arn, username, groups }) => [keyOf(arn), { arn, names: namesOf(username, groups ?? []) }]),
    );
  const roles = kept(readMapRoles(document.mapRoles?.text ?? ''), (arn) => arn.toLowerCase());
  const users = kept(readMapUsers(document.mapUsers?.text ?? ''), (arn) => arn);
  const callers = [...roles.values(), ...users.values()].map(({ arn }) => arn.toLowerCase());
  return new Map(
    callers.map((caller) => {
      const matching = [...users.values()].filter(({ arn }) => arn.toLowerCase() === caller);
      const names = new Set(matching.map((user) => user.names).sort());
      return [caller, roles.get(caller)?.names ?? [...names].join(', or ')];
    }),
  );
}

function namesOf(username: string, groups: readonly string[]): string {
  return `username ${quoted(username)}, groups [${groups.map(quoted).join(', ')}]`;
}

test('--fix changes no identity', () => {
  fc.assert(
    fc.property(files, (source) => {
      const { text, effective } = fix(readWithProblems(source, 'f'), { access: false });
      expect(resolved(text)).toEqual(resolved(source));
      expect(effective).toEqual([]);
    }),
    runs(150),
  );
});

const CALLER = /^arn:aws(?:-cn)?:iam::[0-9]{12}:(?:role\/[a-z0-9_+=,.@-]+|user\/[a-z0-9_+=,.@/-]+)$/;

/** The variable of nodes denies access to people: no instance has their name. */
function isDenied(arn: string, names: string): boolean {
  return names.includes('{{EC2PrivateDNSName}}') && /:user\/|:role\/awsreservedsso_/.test(arn);
}

test('--fix-access reports exactly the changed identities as "now effective"', () => {
  fc.assert(
    fc.property(files, (source) => {
      const { text, effective } = fix(readWithProblems(source, 'f'), { access: true });
      const [before, after] = [resolved(source), resolved(text)];
      const told = effective.flatMap((line) => {
        const [, arn = '', names = ''] = /^now effective: (arn:\S+), (username .*)$/i.exec(line) ?? [];
        return arn === '' ? [] : [[arn.toLowerCase(), names] as const];
      });
      const changed = [...after].filter(
        ([arn, names]) => CALLER.test(arn) && before.get(arn) !== names && !isDenied(arn, names),
      );
      expect(new Map(told)).toEqual(new Map(changed));
      for (const arn of before.keys()) if (CALLER.test(arn)) expect(after.has(arn)).toBe(true);
    }),
    runs(150),
  );
});
