import {
  type Capability,
  groupsPrefix,
  type Inventory,
  type OidcProvider,
  principalText,
  type SignIns,
  usernamePrefix,
} from '../directory/model.ts';
import { type Finding, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { listed, printable, quoted } from '../text.ts';
import type { ClusterAccess } from './cluster-access.ts';

/**
 * Findings on who else gets into clusters: through OIDC providers and capabilities, and with names that only bindings
 * mention.
 * @param inventory null if AWS wasn't read
 * @param severalClusters true if findings must name the cluster
 */
export function unlistedFindings(
  all: readonly ClusterAccess[],
  inventory: Inventory | null,
  severalClusters: boolean,
): Finding[] {
  const read = all.flatMap(({ cluster: { name, eks } }) => (eks ? { name: name ?? eks.name, eks } : []));
  const unasked = read.filter(({ eks }) => !eks.signIns).map(({ name }) => name);
  return [
    ...read.flatMap(({ name, eks: { signIns } }) =>
      signIns ? signInFindings(signIns, inventory, severalClusters ? { location: { file: name } } : {}) : [],
    ),
    ...(unasked.length === 0
      ? []
      : [
          note(
            'sign-ins-unknown',
            `the snapshot is older than this version and lacks OIDC providers and capabilities of ${listed(unasked)}`,
            { help: 'Take a new snapshot with `aws-auth-sso snapshot --cluster NAME`.' },
          ),
        ]),
    ...unlistedCallers(all),
  ];
}

/** A note on what rows of bindings leave out, once for all clusters. */
function unlistedCallers(all: readonly ClusterAccess[]): Finding[] {
  const bound = all.filter(({ defaultSubjects }) => defaultSubjects > 0);
  if (bound.length === 0) return [];
  const hidden = Math.max(...bound.map(({ defaultSubjects }) => defaultSubjects));
  const isWithoutOidc = ({ cluster: { eks } }: ClusterAccess) =>
    eks?.signIns?.oidcProviders.length === 0 && eks.signIns.unread.length === 0;
  const means = bound.every(isWithoutOidc) ? 'client certificates' : 'client certificates or OIDC tokens';
  const message = `not shown: ${hidden} subjects of default bindings of Kubernetes and EKS, and callers with ${means}, who may have any username and group`;
  return [note('not-listed', message)];
}

function signInFindings(
  { oidcProviders, capabilities, unread }: SignIns,
  inventory: Inventory | null,
  place: Pick<Finding, 'location'>,
): Finding[] {
  return [
    ...oidcProviders.map((provider) => warning('oidc-provider', providerText(provider), place)),
    ...capabilities.flatMap((capability) => {
      const users = usersText(capability, inventory);
      const does = `capability ${quoted(capability.name)} (${printable(capability.type)}) acts in the cluster with ${printable(capability.roleArn)}`;
      return users === ''
        ? [note('capability', does, place)]
        : [warning('capability', `${does}; these people use it: ${users}`, place)];
    }),
    ...unknownSignIns(unread, place),
  ];
}

/** Warns about what a cluster's `unread` hides. */
export function unknownSignIns(unread: SignIns['unread'], place: Pick<Finding, 'location'>): Finding[] {
  if (unread.length === 0) return [];
  const message = `OIDC providers or capabilities are unknown, so others may have access: ${listed(unread)}`;
  return [warning('sign-ins-unknown', message, { help: GRANT, ...place })];
}

const GRANT =
  "Allow eks:ListIdentityProviderConfigs, eks:DescribeIdentityProviderConfig, eks:ListCapabilities and eks:DescribeCapability in the cluster's account.";

function providerText(provider: OidcProvider): string {
  const { name, issuerUrl, clientId, groupsClaim } = provider;
  const [user, group] = [usernamePrefix(provider), groupsPrefix(provider)];
  const usernames = user === '' ? 'usernames have no prefix' : `usernames start with ${quoted(user)}`;
  const ofGroups = group === '' ? 'groups have no prefix' : `groups start with ${quoted(group)}`;
  const groups = groupsClaim === null ? 'they have no groups' : ofGroups;
  return `people of OIDC provider ${quoted(name)} (${printable(issuerUrl)}, client ${printable(clientId)}) can't be listed: ${usernames}, ${groups}`;
}

/** `ADMIN group "Platform"; VIEWER user "bob"` */
function usersText({ instanceArn, roleMappings }: Capability, inventory: Inventory | null): string {
  // An ID means nothing in another instance.
  const isKnown = instanceArn !== null && instanceArn === inventory?.instance?.arn;
  const known = new Map(
    (isKnown ? (inventory.principals ?? []) : []).map((one) => [`${one.type} ${one.id}`, one]),
  );
  return [...groupBy(roleMappings, ({ role }) => role)]
    .map(([role, mappings]) => {
      const people = mappings.flatMap(({ identities }) => identities);
      const texts = people.map(({ type, id }) => {
        const principal = known.get(`${type} ${id}`);
        return principal
          ? principalText(principal)
          : `${type === 'USER' ? 'user' : 'group'} ${printable(id)}`;
      });
      return texts.length === 0 ? '' : `${printable(role)} ${listed([...new Set(texts)])}`;
    })
    .filter(Boolean)
    .join('; ');
}
