import { expect, test } from 'vitest';
import { renderAwsCli } from '../../src/access-entry/aws-cli.ts';
import { judgeAccessEntries } from '../../src/access-entry/existing-entries.ts';
import { planCluster } from '../../src/change/plan-cluster.ts';
import { undoOf } from '../../src/change/undo.ts';
import { ACCOUNT, ADMIN, accessEntry, clusterWorld, DEAD, eksCluster } from '../access-entry/eks-cluster.ts';

test('the undo leaves a dead entry of another type alone, which the script only reports', () => {
  const cluster = eksCluster('API', [accessEntry(ADMIN.pathArn, { type: 'EC2_LINUX', createdAt: DEAD })]);
  const judged = judgeAccessEntries(cluster, clusterWorld(cluster));
  const plan = planCluster(cluster, judged, [accessEntry(ADMIN.pathArn)], null);
  expect(plan.map(({ outcome }) => outcome)).toEqual(['left-alone', 'added']);
  expect(undoOf(plan, cluster)).toMatchObject({ restored: [], created: [], dead: [], kept: [] });
});

test('the script deletes no entry of a role that only has a name like those of Identity Center', () => {
  const scriptFor = (principalArn: string) => {
    const node = accessEntry(principalArn, { type: 'EC2_LINUX', createdAt: DEAD });
    const target = { cluster: 'prod', arn: null, region: null, dead: [node], pruned: [] };
    return renderAwsCli([node], target);
  };
  expect(scriptFor(ADMIN.pathArn)).toContain('delete_entry');
  expect(scriptFor(`arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Node_0123456789abcdef`)).not.toContain(
    'delete_entry',
  );
});
