import { readFileSync } from 'node:fs';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readDocument } from '../../src/aws-auth/document.ts';
import { parseSnapshot } from '../../src/directory/snapshot.ts';
import { combineRbac } from '../../src/rbac/combine.ts';
import { readRbacFile } from '../../src/rbac/read.ts';

/** Reads the inputs of `who`, and does nothing with them: an aws-auth ConfigMap, a snapshot and RBAC manifests. */
const [awsAuth = '', snapshot = '', rbac = ''] = process.argv
  .slice(2)
  .map((file) => readFileSync(file, 'utf8'));
// Keys are loaded on first use.
const { mapRoles, mapUsers, mapAccounts } = new AwsAuth(readDocument(awsAuth, 'aws-auth.yaml'));
for (const { errors } of [mapRoles, mapUsers, mapAccounts]) if (errors.length > 0) process.exitCode = 1;
parseSnapshot(snapshot, 'aws.json');
combineRbac([readRbacFile(rbac, 'rbac.yaml')]);
