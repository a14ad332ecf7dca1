import { MANAGED_NODES } from '../../access-entry.ts';
import { arnKind, isAccountId, parseArn } from '../../arn.ts';
import { arnProblem } from '../../authenticator/diagnose-arn.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { type JudgedAccessEntry, mayLive, principalKey } from '../../cluster/access-entry-state.ts';
import type { AwsAuth } from '../../cluster/aws-auth.ts';
import type { EksCluster } from '../../inventory/model.ts';
import { callerKey } from '../../same-arn.ts';
import { listed, printable, shellWord } from '../../text.ts';
import type { LintContext } from '../context.ts';
import { atArn, atNode, manifestRange, type PlacedDetection, rule, type TextRange } from '../rule.ts';
import { goneEntries } from './inventory.ts';

export const configMapIgnored = rule({
  name: 'config-map-ignored',
  severity: 'error',
  summary:
    'In authentication mode API, EKS ignores aws-auth (with --authentication-mode); with --cluster, each of its entries that has no access entry, or only a dead one, and a warning where it is not known whether that is dead',
  consequence: 'nobody gets in through this ConfigMap',
  help: 'Give those who should get in an access entry, which `aws-auth-sso access-entries --from FILE` writes, and remove the ConfigMap: the mode cannot be changed back. `aws-auth-sso check FILE --cluster NAME --authentication-mode API` tells who has none.',
  isAboutMode: true,
  *detect(context) {
    const { awsAuth, eks, mode, clusterText } = context;
    if (!awsAuth || mode !== 'API') return;
    const { document, entries, mapAccounts } = awsAuth;
    const count = entries.length + mapAccounts.entries.length + awsAuth.lostKeys.length;
    if (count + document.problems.length === 0) return;
    const range = manifestRange(document);
    if (eks) yield* lockedOut(context, awsAuth, eks, range);
    else yield { range, what: `${clusterText} has authentication mode API` };
  },
});

const IN_MODE_API = 'in mode API aws-auth is ignored';

/** Who has no access entry; else that there is nobody. */
function* lockedOut(
  context: LintContext,
  awsAuth: AwsAuth,
  cluster: EksCluster,
  range: TextRange,
): Generator<PlacedDetection> {
  const overriding = [...new Set(context.overriddenByAccessEntry.values())];
  const users = overriding.filter(isUnknownUser);
  const found = [
    ...withoutAccessEntry(context, cluster),
    ...lockedAccounts(awsAuth),
    ...(users.length > 0 ? [unknownUsers(users, range)] : []),
  ];
  yield* found;
  const { configMap, problems } = awsAuth.document;
  if (awsAuth.lostKeys.length > 0 || problems.some(({ rule }) => rule !== null || !configMap))
    yield {
      range,
      what: `${IN_MODE_API}, and parts of it cannot be read`,
      consequence: 'whom else it lets in is not known',
      help: 'Fix the file first: `aws-auth-sso check FILE` says where.',
    };
  else if (found.length === 0)
    yield {
      range,
      severity: 'note',
      what: IN_MODE_API,
      consequence: overriding.some(mayLive)
        ? // Of each it is known that it is alive: there are warnings of the others.
          'every entry that lets somebody in has an access entry'
        : 'no entry lets anybody in',
      help: `${context.beforehand}Once the cluster has the mode, which cannot be changed back, remove the ConfigMap.`,
    };
}

/** The entries that let somebody in as long as aws-auth counts, and have no access entry, or none that is known to be alive. */
function* withoutAccessEntry(context: LintContext, cluster: EksCluster): Generator<PlacedDetection> {
  const { options, overriddenByAccessEntry, clusterText } = context;
  const { gone, orphans } = goneIn(context);
  const { partition } = parseArn(cluster.arn) ?? {};
  for (const entry of context.admitting) {
    const key = callerKey(entry.arn);
    const accessEntry = overriddenByAccessEntry.get(entry);
    if (arnProblem(entry) || gone.has(entry)) continue;
    if (accessEntry && mayLive(accessEntry)) {
      if (accessEntry.state === 'unknown' && !isUnknownUser(accessEntry))
        yield unknownRole(entry, accessEntry);
      continue;
    }
    const isOrphan = orphans.has(key);
    if (isOrphan && options.isFresh !== false) continue;
    if (parseArn(key)?.partition !== partition) continue;
    const isDead = accessEntry !== undefined || isOrphan;
    const which = `${isDead ? 'only a dead' : 'no'} access entry for ${printable(entry.arn)}`;
    yield atArn(entry, `${IN_MODE_API}, and ${clusterText} has ${which}`, {
      consequence: isNodeEntry(entry)
        ? 'nodes with this role cannot join'
        : 'whoever gets in through this entry is locked out',
      help: isDead
        ? 'Delete the access entry, and create it again: the finding of it has the commands.'
        : creationHelp(cluster, isNodeEntry(entry)),
    });
  }
}

/** Nobody is told of a role that was re-created but by EKS, which answers 401. */
function unknownRole(
  entry: LoadedEntry,
  { entry: { principalArn, createdAt } }: JudgedAccessEntry,
): PlacedDetection {
  const { accountId = '', resource = '' } = parseArn(principalArn) ?? {};
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const what = `${IN_MODE_API}, and whether the role of access entry ${printable(principalArn)} is still the one of ${createdAt} is not known`;
  return atArn(entry, what, {
    severity: 'warning',
    consequence: isNodeEntry(entry)
      ? 'if it was re-created since, nodes with this role cannot join'
      : 'if it was re-created since, whoever gets in through this entry is locked out',
    help: [
      `Make the roles of account ${accountId} readable, or take a new snapshot of them with --cluster. Else compare in that account: the access entry is dead if the role was created after ${createdAt}:`,
      `aws iam get-role --role-name ${shellWord(name)} --query 'Role.[Arn,CreateDate]'`,
    ].join('\n'),
  });
}

function isUnknownUser({ entry, state }: JudgedAccessEntry): boolean {
  const arn = parseArn(entry.principalArn);
  return state === 'unknown' && arn !== undefined && arnKind(arn) === 'user';
}

/** One for all of them, since no user is looked up. */
function unknownUsers(users: readonly JudgedAccessEntry[], range: TextRange): PlacedDetection {
  const dated = users.map(({ entry }) => `${printable(entry.principalArn)} (${entry.createdAt})`);
  return {
    range,
    severity: 'note',
    what: `${IN_MODE_API}, and whether ${users.length === 1 ? 'the IAM user of an access entry is still the same' : `the IAM users of ${users.length} access entries are still the same`} is not known`,
    consequence: 'whoever was re-created since is locked out',
    help: [
      `IAM users are not looked up. Compare by hand: an access entry is dead if its user was created after it. The access entries: ${listed(dated)}.`,
      "aws iam get-user --user-name NAME --query 'User.[Arn,CreateDate]'",
    ].join('\n'),
  };
}

/** Who is gone: from an old snapshot nothing is concluded that could hide somebody. */
function goneIn(context: LintContext) {
  const { options } = context;
  const orphans = context.judged.filter(({ state }) => state === 'orphan');
  return {
    gone: options.isFresh === false ? new Set<LoadedEntry>() : goneEntries(context),
    orphans: new Set(orphans.map(({ entry }) => principalKey(entry))),
  };
}

function creationHelp(cluster: EksCluster, isNode: boolean): string {
  const beforehand =
    cluster.authenticationMode === 'CONFIG_MAP' ? 'Change the mode to API_AND_CONFIG_MAP first. ' : '';
  if (isNode)
    return `${beforehand}${MANAGED_NODES}; of other nodes, ${writeEntries(cluster, ' --nodes')} writes one.`;
  return `${beforehand}${writeEntries(cluster)} writes one, or says why there can be none.`;
}

/** The command that writes access entries from the file. */
function writeEntries({ arn }: EksCluster, more = ''): string {
  return `\`aws-auth-sso access-entries --from FILE --cluster ${shellWord(arn)}${more}\``;
}

/** The accounts of mapAccounts, each once; access entries let in single roles and users. */
function* lockedAccounts({ mapAccounts }: AwsAuth): Generator<PlacedDetection> {
  const left = new Set(mapAccounts.entries.filter(isAccountId));
  for (const [index, item] of mapAccounts.list?.items.entries() ?? []) {
    if (item.kind !== 'scalar' || !left.delete(item.text)) continue;
    yield atNode('mapAccounts', item, index, `${IN_MODE_API}, and no access entry is for a whole account`, {
      consequence: `whoever of account ${item.text} has none of their own is locked out`,
      help: `Create an access entry for each role and user of account ${item.text} that needs access, and remove the account here.`,
    });
  }
}
