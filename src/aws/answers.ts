import * as v from 'valibot';
import { POLICY_ARN } from '../access-policy.ts';
import { AUTHENTICATION_MODES, clusterNameProblem, ENTRY_TYPE, POLICY_SCOPE_NAMESPACE } from '../eks.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const accountId = v.pipe(v.string(), v.regex(/^\d{12}$/));
const principalType = v.picklist(['GROUP', 'USER']);
export type PrincipalType = v.InferOutput<typeof principalType>;
/** Token of the next page; missing, null or empty on the last page. */
const NextToken = v.nullish(v.string());

const IdentityStoreId = v.nullish(text);
const user = v.object({ IdentityStoreId, UserId: text, UserName: v.nullish(v.string()) });
const group = v.object({ IdentityStoreId, GroupId: text, DisplayName: v.nullish(v.string()) });

const session = v.object({
  Credentials: v.object({
    AccessKeyId: text,
    SecretAccessKey: text,
    SessionToken: text,
    Expiration: v.nullish(v.date()),
  }),
  AssumedRoleUser: v.object({ Arn: text }),
});

const accounts = v.object({
  Accounts: v.array(
    v.object({
      Id: accountId,
      Arn: v.nullish(text),
      Name: text,
      State: v.nullish(v.string()),
      Status: v.nullish(v.string()),
      Paths: v.nullish(v.array(v.string())),
    }),
  ),
  NextToken,
});

const assignments = v.object({
  AccountAssignments: v.array(
    v.object({
      AccountId: accountId,
      PermissionSetArn: text,
      PrincipalType: principalType,
      PrincipalId: text,
    }),
  ),
  NextToken,
});

/**
 * The required members of each operation's answer. The SDK accepts anything, even `{}` and a proxy's page, and a
 * missing list is not an empty one. Members that AWS always sends are required, whatever its model says; members it may
 * omit (UserName, State next to Status, Paths, PrimaryRegion, OwnerAccountId) may be missing.
 */
export const ANSWERS = {
  GetCallerIdentity: v.object({ Account: accountId, Arn: text }),
  AssumeRole: session,
  AssumeRoleWithWebIdentity: session,
  ListRoles: v.pipe(
    v.object({
      // `<Roles/>` arrives as an empty list, a missing element as undefined.
      Roles: v.array(
        v.object({
          RoleName: text,
          Arn: text,
          CreateDate: v.date(),
          // Few roles need it, so `trustsAccountAccess` validates it.
          AssumeRolePolicyDocument: v.optional(v.unknown()),
        }),
      ),
      IsTruncated: v.nullish(v.boolean()),
      Marker: v.nullish(v.string()),
    }),
    v.check(
      ({ IsTruncated, Marker }) => IsTruncated !== true || Boolean(Marker),
      'IsTruncated is set without a Marker',
    ),
  ),
  ListAccounts: accounts,
  ListAccountsForParent: accounts,
  ListOrganizationalUnitsForParent: v.object({
    OrganizationalUnits: v.array(v.object({ Id: text, Name: text })),
    NextToken,
  }),
  ListRoots: v.object({ Roots: v.array(v.object({ Id: text })), NextToken }),
  ListParents: v.object({ Parents: v.array(v.object({ Id: text })), NextToken }),
  DescribeOrganization: v.object({
    Organization: v.object({ MasterAccountId: accountId, MasterAccountArn: v.nullish(text) }),
  }),
  DescribeOrganizationalUnit: v.object({ OrganizationalUnit: v.object({ Id: text, Name: text }) }),
  ListInstances: v.object({
    Instances: v.array(
      v.pipe(
        v.object({
          InstanceArn: text,
          IdentityStoreId: v.nullish(text),
          PrimaryRegion: v.nullish(text),
          OwnerAccountId: v.nullish(text),
          Status: v.nullish(v.string()),
        }),
        // An instance may lack a store while it is being created, or if its creation failed.
        v.check(
          ({ IdentityStoreId, Status }) => Boolean(IdentityStoreId) || (Status ?? 'ACTIVE') !== 'ACTIVE',
          'an instance has no IdentityStoreId',
        ),
      ),
    ),
    NextToken,
  }),
  ListPermissionSets: v.object({ PermissionSets: v.array(text), NextToken }),
  DescribePermissionSet: v.object({ PermissionSet: v.object({ PermissionSetArn: text, Name: text }) }),
  // The only list that AWS omits when empty (aws-samples/iam-identity-center-team issue 12); callers have to doubt it.
  ListPermissionSetsProvisionedToAccount: v.object({
    PermissionSets: v.nullish(v.array(text), []),
    NextToken,
  }),
  ListAccountAssignments: assignments,
  ListAccountAssignmentsForPrincipal: assignments,
  ListUsers: v.object({ Users: v.array(user), NextToken }),
  ListGroups: v.object({ Groups: v.array(group), NextToken }),
  DescribeUser: user,
  DescribeGroup: group,
  GetUserId: v.object({ IdentityStoreId, UserId: text }),
  GetGroupId: v.object({ IdentityStoreId, GroupId: text }),
  ListGroupMemberships: v.object({
    GroupMemberships: v.array(
      v.object({ IdentityStoreId, GroupId: v.nullish(text), MemberId: v.object({ UserId: text }) }),
    ),
    NextToken,
  }),
  ListGroupMembershipsForMember: v.object({
    GroupMemberships: v.array(
      v.object({
        IdentityStoreId,
        GroupId: text,
        MemberId: v.nullish(v.object({ UserId: v.nullish(text) })),
      }),
    ),
    NextToken,
  }),
  ListClusters: v.object({
    clusters: v.array(
      v.pipe(
        text,
        v.check((name) => clusterNameProblem(name) === undefined, 'a cluster name is invalid'),
      ),
    ),
    nextToken: NextToken,
  }),
  DescribeCluster: v.object({
    cluster: v.object({
      name: v.nullish(text),
      arn: text,
      version: v.nullish(text),
      accessConfig: v.nullish(v.object({ authenticationMode: v.nullish(v.picklist(AUTHENTICATION_MODES)) })),
    }),
  }),
  ListIdentityProviderConfigs: v.object({
    identityProviderConfigs: v.array(v.object({ type: text, name: text })),
    nextToken: NextToken,
  }),
  DescribeIdentityProviderConfig: v.object({
    identityProviderConfig: v.object({
      oidc: v.object({
        identityProviderConfigName: v.optional(text),
        clusterName: v.nullish(text),
        issuerUrl: text,
        clientId: text,
        usernameClaim: v.nullish(v.string()),
        usernamePrefix: v.nullish(v.string()),
        groupsClaim: v.nullish(v.string()),
        groupsPrefix: v.nullish(v.string()),
      }),
    }),
  }),
  ListCapabilities: v.object({
    capabilities: v.array(v.object({ capabilityName: text })),
    nextToken: NextToken,
  }),
  DescribeCapability: v.object({
    capability: v.object({
      capabilityName: v.nullish(text),
      clusterName: v.nullish(text),
      type: text,
      roleArn: text,
      configuration: v.nullish(
        v.object({
          argoCd: v.nullish(
            v.object({
              awsIdc: v.nullish(v.object({ idcInstanceArn: v.nullish(text) })),
              rbacRoleMappings: v.nullish(
                v.array(
                  v.object({
                    role: text,
                    identities: v.array(v.object({ id: text, type: v.picklist(['SSO_USER', 'SSO_GROUP']) })),
                  }),
                ),
              ),
            }),
          ),
        }),
      ),
    }),
  }),
  ListAccessEntries: v.object({ accessEntries: v.array(text), nextToken: NextToken }),
  DescribeAccessEntry: v.object({
    accessEntry: v.object({
      clusterName: v.nullish(text),
      principalArn: v.nullish(text),
      type: v.pipe(text, v.regex(ENTRY_TYPE)),
      username: v.nullish(v.string()),
      kubernetesGroups: v.array(v.string()),
      createdAt: v.date(),
    }),
  }),
  ListAssociatedAccessPolicies: v.object({
    clusterName: v.nullish(text),
    principalArn: v.nullish(text),
    associatedAccessPolicies: v.array(
      v.pipe(
        v.object({
          policyArn: v.pipe(text, v.regex(POLICY_ARN)),
          accessScope: v.object({
            type: v.picklist(['cluster', 'namespace']),
            namespaces: v.nullish(v.array(v.pipe(text, v.regex(POLICY_SCOPE_NAMESPACE))), []),
          }),
        }),
        // Otherwise the policy would seem to cover no namespace.
        v.check(
          ({ accessScope: { type, namespaces } }) => type === 'cluster' || namespaces.length > 0,
          'a policy has no namespaces',
        ),
      ),
    ),
    nextToken: NextToken,
  }),
} as const satisfies Readonly<Record<string, v.GenericSchema>>;

/** Every AWS operation the program calls. */
export type Operation = keyof typeof ANSWERS;
export type Answer<Name extends Operation> = v.InferOutput<(typeof ANSWERS)[Name]>;

/** A successful response without what the operation returns. */
export class InvalidResponse extends Error {
  override readonly name = 'InvalidResponse';
}

/**
 * Returns only the answer's known members.
 * @throws InvalidResponse naming the member that is missing or invalid
 */
export function checkedAnswer<Name extends Operation>(operation: Name, answer: unknown): Answer<Name> {
  const result = v.safeParse(ANSWERS[operation], answer);
  if (result.success) return result.output as Answer<Name>;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  if (issue.type === 'check') throw new InvalidResponse(issue.message);
  if (path === null) throw new InvalidResponse('it is empty');
  const isMissing = issue.input === undefined || issue.input === null || issue.input === '';
  throw new InvalidResponse(`${path} is ${isMissing ? 'missing' : 'invalid'}`);
}
