import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/aws-auth/document.ts';
import { readMapRoles } from '../../src/aws-auth/load.ts';
import { renderConfigMap, renderMapRoles, verifyRendered } from '../../src/aws-auth/render.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { anyText } from '../any-text.ts';
import { runs } from '../runs.ts';

const ADMIN: DesiredEntry = {
  rolearn: 'arn:aws:iam::111122223333:role/AWSReservedSSO_ClusterAdmin_0123456789abcdef',
  username: 'admin:{{SessionName}}',
  usernameStated: true,
  groups: ['system:masters'],
  role: {
    accountId: '111122223333',
    accountName: 'prod\u001b[31m\neks',
    permissionSet: 'ClusterAdmin',
    pathArn: '',
  },
};

describe('rendering', () => {
  it('writes a ConfigMap as the README shows it', () => {
    expect(renderConfigMap([ADMIN], { comments: false })).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_ClusterAdmin_0123456789abcdef
      username: "admin:{{SessionName}}"
      groups:
        - "system:masters"
`);
  });

  it('is verified: a text that loads as different entries is a bug', () => {
    const text = renderConfigMap([ADMIN], { comments: false });
    expect(() => verifyRendered(text, [ADMIN])).not.toThrow();
    const others = [[], [ADMIN, ADMIN], [{ ...ADMIN, username: 'x' }], [{ ...ADMIN, groups: ['x'] }]];
    for (const entries of others)
      expect(() => verifyRendered(text, entries)).toThrow(expect.objectContaining({ exitCode: 4 }));
    const lossy = text.replace('groups:', 'userid: 5\n      groups:');
    expect(() => verifyRendered(lossy, [ADMIN])).toThrow('would load differently than planned');
    expect(() => verifyRendered('[]\n', [])).not.toThrow();
  });

  it('is refused if a cluster would reject it', () => {
    const large = [{ ...ADMIN, groups: ['x'.repeat(1024 * 1024)] }];
    expect(() => verifyRendered(renderConfigMap(large, { comments: false }), large)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        findings: [expect.objectContaining({ location: { file: '<stdout>' } })],
      }),
    );
  });

  it('keeps commas in ARNs, and adds no comment for node roles', () => {
    const node = { ...ADMIN, rolearn: 'arn:aws:iam::111122223333:role/a,b', role: null };
    expect(renderMapRoles([node], { comments: true }).split('\n')[0]).toBe(`- rolearn: ${node.rolearn}`);
  });

  it('names account and permission set on one printable line', () => {
    const [first] = renderMapRoles([ADMIN], { comments: true }).split('\n');
    expect(first).toBe(`- rolearn: ${ADMIN.rolearn} # prod [31m eks, ClusterAdmin`);
    const role = { ...ADMIN.role, accountName: '\u00a0 prod ' } as NonNullable<DesiredEntry['role']>;
    const [odd] = renderMapRoles([{ ...ADMIN, role }], { comments: true }).split('\n');
    expect(odd).toBe(`- rolearn: ${ADMIN.rolearn} # prod , ClusterAdmin`);
  });

  it('writes an empty list for no entries', () => {
    expect(renderMapRoles([], { comments: false })).toBe('[]\n');
    const document = readDocument(renderConfigMap([], { comments: false }), 'aws-auth.yaml');
    expect(readMapRoles(document.mapRoles?.text ?? '')).toMatchObject({ entries: [], errors: [] });
  });

  it('is read back by the authenticator as intended, whatever its content', () => {
    const text = anyText({ maxLength: 20 }).filter((one) => !/\p{Cs}/u.test(one));
    const entry = fc.record({
      rolearn: fc
        .string({ unit: 'grapheme-ascii', minLength: 1 })
        .map((name) => `arn:aws:iam::111122223333:role/${name}`),
      username: text,
      groups: fc.array(text, { minLength: 1 }),
      accountName: text,
    });
    fc.assert(
      fc.property(fc.array(entry), fc.boolean(), (drafts, comments) => {
        const entries = drafts.map(({ accountName, ...draft }) => ({
          ...ADMIN,
          ...draft,
          role: { accountId: '', permissionSet: 'A', pathArn: '', accountName },
        }));
        const document = readDocument(renderConfigMap(entries, { comments }), 'aws-auth.yaml');
        const { entries: loaded, errors } = readMapRoles(document.mapRoles?.text ?? '');
        expect(errors).toEqual([]);
        expect(loaded.map(({ arn, username, groups }) => ({ arn, username, groups }))).toEqual(
          entries.map(({ rolearn, username, groups }) => ({ arn: rolearn, username, groups })),
        );
      }),
      runs(1000),
    );
  });
});
