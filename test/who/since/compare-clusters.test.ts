import { expect, test } from 'vitest';
import { ComparisonNotes, clustersOfBoth } from '../../../src/who/since/compare-clusters.ts';
import type { JsonRow } from '../../../src/who/since/read-json.ts';

test('a cluster that is known by name alone is not paired with one of two with that name', () => {
  const was: JsonRow = {
    principal: { type: 'IAM_USER', id: 'arn:aws:iam::111122223333:user/ada', name: 'ada' },
    via: null,
    entry: {
      accountId: '111122223333',
      accountName: null,
      permissionSet: null,
      rolearn: 'arn:aws:iam::111122223333:user/ada',
      username: 'ada',
      groups: [],
      source: 'aws-auth',
      policies: [],
      cluster: 'prod',
      clusterArn: null,
      unread: null,
      asOf: null,
      kubernetesVersion: null,
    },
    grant: { access: 'granted' },
    auditUsername: 'ada',
  };
  const inRegion = (region: string) => {
    return { name: 'prod', arn: `arn:aws:eks:${region}:111122223333:cluster/prod`, knowsAwsAuth: true };
  };
  const pairsOf = (...regions: string[]) =>
    clustersOfBoth([was], [], regions.map(inRegion), new ComparisonNotes('old.json'));
  expect(pairsOf('eu-west-1')).toHaveLength(1);
  expect(pairsOf('eu-west-1', 'us-east-1')).toEqual([]);
});
