import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentLines } from '../../src/aws-auth/block-scalar.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { readMapAccounts, readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import { parseCaller, resolveCaller } from '../../src/aws-auth/resolve-caller.ts';
import { checkDocument } from '../../src/check/check.ts';
import { accessEntry, eksCluster } from '../access-entry/eks-cluster.ts';
import { runs } from '../runs.ts';

const ARNS = ['role/a', 'role/b', 'user/bob', 'user/team/bob', 'root'].map(
  (name) => `arn:aws:iam::111122223333:${name}`,
);
const inAnyCase = fc.constantFrom(
  ...ARNS,
  ...ARNS.map((arn) => arn.replace(/\w$/, (end) => end.toUpperCase())),
);
const arn = fc.oneof(
  inAnyCase,
  fc.constantFrom('arn:aws:iam::111122223333:role/p/a', 'arn:aws:sts::111122223333:assumed-role/a/x', '"*"'),
);
const username = fc.constantFrom('x', '"{{SessionName}}"', '"system:node:{{EC2PrivateDNSName}}"');
const list = (field: string) =>
  fc
    .array(fc.tuple(arn, username), { maxLength: 6 })
    .map((items) => items.map(([a, u]) => `- ${field}: ${a}\n  username: ${u}\n`).join(''));
const files = fc
  .tuple(list('rolearn'), list('userarn'), fc.constantFrom('[]', '["111122223333"]'))
  .map(
    ([roles, users, accounts]) =>
      `kind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  mapRoles: |\n${indentLines(roles, 4)}  mapUsers: |\n${indentLines(users, 4)}  mapAccounts: |\n    ${accounts}\n`,
  );
const principals = fc.subarray(['role/team/a', 'role/b', 'role/c', 'user/bob', 'user/team/bob', 'root']);

test('entries locked out in mode API granted access before, and have no access entry', () => {
  fc.assert(
    fc.property(files, principals, (source, names) => {
      const document = readWithProblems(source, 'f');
      const entries = names.map((name) => accessEntry(`arn:aws:iam::111122223333:${name}`));
      const cluster = eksCluster('API_AND_CONFIG_MAP', entries);
      const found = checkDocument(document, { cluster: { eks: cluster, mode: 'API' } })
        .filter(({ code, severity }) => code === 'config-map-ignored' && severity === 'error')
        .flatMap(({ message }) => / access entry for (\S+); /.exec(message)?.[1]?.toLowerCase() ?? []);
      expect([...new Set(found)].sort()).toEqual(lockedOut(source, names).sort());
    }),
    runs(500),
  );
});

test('unknown access entries are reported, never counted as access', () => {
  fc.assert(
    fc.property(files, principals, (source, names) => {
      const entries = names.map((name) => accessEntry(`arn:aws:iam::111122223333:${name}`));
      const cluster = eksCluster('API_AND_CONFIG_MAP', entries);
      const found = checkDocument(readWithProblems(source, 'f'), { cluster: { eks: cluster, mode: 'API' } })
        .filter(({ code }) => code === 'config-map-ignored')
        .map(({ message }) => message)
        .join('\n');
      const unknown = covered(source, names).filter((name) => name !== 'root');
      if (unknown.length > 0) expect(found).not.toContain('every entry');
      for (const name of unknown)
        expect(found).toContain(
          name.startsWith('user') ? 'IAM user' : `access entry arn:aws:iam::111122223333:${name} (created `,
        );
    }),
    runs(500),
  );
});

/** Access entries that override an entry that grants access. */
function covered(source: string, names: readonly string[]): string[] {
  const without = new Set(lockedOut(source, names));
  const inAll = lockedOut(source, []);
  return names.filter((name) => {
    const arn = `arn:aws:iam::111122223333:${name.replace('role/team/', 'role/')}`;
    return inAll.includes(arn) && !without.has(arn);
  });
}

/** Resolves each caller like the authenticator, and drops callers with an access entry. */
function lockedOut(source: string, names: readonly string[]): string[] {
  const { mapRoles, mapUsers } = readWithProblems(source, 'f');
  const maps = { mapRoles: readMapRoles(mapRoles?.text ?? ''), mapUsers: readMapUsers(mapUsers?.text ?? '') };
  const withoutPath = names.map((name) => `arn:aws:iam::111122223333:${name.replace('role/team/', 'role/')}`);
  return ARNS.filter((one) => {
    const caller = parseCaller(one);
    const getsIn =
      caller && resolveCaller(caller, maps, readMapAccounts('')).some(({ identity }) => identity);
    return getsIn && !withoutPath.includes(one);
  }).map((one) => one.toLowerCase());
}
