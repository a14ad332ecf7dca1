import type { JudgedAccessEntry } from '../../src/access-entry/existing-entries.ts';
import type { ExistingAccessEntry } from '../../src/directory/model.ts';
import { ReadTime } from '../../src/directory/read-time.ts';
import { type AccessEntry, clusterAdminPolicy } from '../../src/eks.ts';

/** An access entry, by default of type STANDARD and without groups. */
export function accessEntry(principalArn: string, fields: Partial<AccessEntry> = {}): AccessEntry {
  return { principalArn, type: 'STANDARD', username: null, kubernetesGroups: [], policies: [], ...fields };
}

/** The access policy that replaces `system:masters`. */
export function clusterAdmin(partition = 'aws'): Pick<AccessEntry, 'policies'> {
  return { policies: [{ policyArn: clusterAdminPolicy(partition), scope: 'cluster' }] };
}

/** Names that one of the formats may take for something else. */
export const HOSTILE_NAMES: readonly string[] = [
  'it\'s "quoted"',
  '$(touch pwned) `touch pwned` $HOME ${HOME}',
  '%{if true}x%{endif} $${x} %%{y}',
  'back\\slash \\n \\',
  'line\nbreak\r\ttab',
  'bell\u0007 escape\u001b[31m delete\u007f next\u0085line',
  'separator\u2028 override\u202e bom\ufeff tag\u{e0041}',
  'grün 語 😀',
  '-leading --option',
  'file:///etc/passwd',
  'http://localhost/x',
  '@file',
  '{{x}} {"json": [1]} [a, b] a=b,c=d',
  'on',
  'null',
  '~',
  '0x1F',
  '012345678901',
  '1e3',
  '!Ref ClusterName',
  'Fn::Sub',
  '&anchor *alias',
  '# comment: x',
  'trailing ',
  ' leading',
  "'''",
  '*',
  '::error::x',
  'x ##[error]y ##vso[task.complete]z ##VSO[a]',
  '#\u200b#vso[x]',
  '$##{[x] %##[x]',
];

/** Tags that no option takes: each name as a key, with the next one as its value. */
export const HOSTILE_TAGS: ReadonlyMap<string, string> = new Map(
  HOSTILE_NAMES.map((name, index) => [name, HOSTILE_NAMES[index + 1] ?? '']),
);

export const ROLE = 'arn:aws:iam::111122223333:role';

/** Each kind of entry, and each hostile name. */
export const ENTRIES: readonly AccessEntry[] = [
  accessEntry(`${ROLE}/none`),
  ...HOSTILE_NAMES.map((username, index) => accessEntry(`${ROLE}/user-${index}`, { username })),
  accessEntry(`${ROLE}/groups`, { kubernetesGroups: HOSTILE_NAMES }),
  accessEntry(`${ROLE}/a/path=+,.@-_/policies`, {
    username: 'x:{{SessionName}}',
    kubernetesGroups: ['x'],
    policies: [
      { policyArn: clusterAdminPolicy('aws'), scope: 'cluster' },
      {
        policyArn: clusterAdminPolicy('aws').replace('ClusterAdmin', 'View'),
        scope: { namespaces: ['dev-*', 'null'] },
      },
    ],
  }),
  accessEntry(`${ROLE}/nodes`, { type: 'EC2_LINUX' }),
  accessEntry('arn:aws:iam::111122223333:root'),
];

/** An existing access entry with a state that nothing supports. */
export function judgedEntry(
  entry: ExistingAccessEntry,
  state: JudgedAccessEntry['state'] = 'alive',
): JudgedAccessEntry {
  const known = { provisioned: null, account: null, role: null, successor: null, later: null };
  return { entry, state, isPossible: true, readTime: ReadTime.NOW, ...known };
}
