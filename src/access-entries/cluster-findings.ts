import {
  type AccessEntry,
  defaultUsername,
  entryTemplates,
  isClusterAdminPolicy,
  policyText,
  wholePolicyText,
} from '../access-entry.ts';
import { parseArn } from '../arn.ts';
import type { JudgedAccessEntry } from '../cluster/access-entry-state.ts';
import { type Finding, note, warning } from '../errors.ts';
import type { EksCluster } from '../inventory/model.ts';
import { grantText } from '../lint/correct-access-entry.ts';
import { changeMode, deleteEntry, disassociatePolicy, updateEntry } from '../lint/eks-commands.ts';
import { listed, printable, quoted } from '../text.ts';
import { doubtOf, obstacleIn, policiesLeft, usernameLeft } from './proof.ts';

/**
 * What a cluster, and the access entries that it has already, mean for those that are to be written.
 * @param existing what the cluster has
 * @param target whether they are translated from an aws-auth, and what to do in the format that they are written in about those that are there
 */
export function clusterFindings(
  entries: readonly AccessEntry[],
  cluster: EksCluster,
  existing: readonly JudgedAccessEntry[],
  { isFromFile, help }: { readonly isFromFile: boolean; readonly help: string | undefined },
): Finding[] {
  const { name } = cluster;
  const byArn = new Map(existing.map((one) => [one.entry.principalArn, one]));
  const there = entries.flatMap((entry) => {
    const found = byArn.get(entry.principalArn);
    return found ? [{ entry, found }] : [];
  });
  const findings = there.flatMap(({ entry, found }): Finding[] => {
    const obstacle = obstacleIn(found, entry);
    if (obstacle !== undefined) return [obstacleFinding(cluster, found, obstacle)];
    const doubt = doubtOf(found);
    return [
      ...(doubt === undefined ? [] : [doubtFinding(cluster, found, doubt)]),
      ...(isKept(entry, found.entry) ? [] : [differsFinding(cluster, found, entry, isFromFile)]),
    ];
  });
  if (there.length > 0 && help !== undefined) {
    const arns = there.map(({ entry }) => entry.principalArn);
    const message = `cluster ${name} has access entries of ${arns.length} of these principals already: ${listed(arns, 3)}`;
    findings.push(note('entries-exist', message, { help }));
  }
  return [...modeFindings(cluster, isFromFile), ...findings];
}

function modeFindings(cluster: EksCluster, isFromFile: boolean): Finding[] {
  const { name, authenticationMode } = cluster;
  if (authenticationMode === 'CONFIG_MAP') {
    const message = `cluster ${name} has the authentication mode CONFIG_MAP: it takes access entries only once that is API_AND_CONFIG_MAP`;
    const help = `${credentialsOf(cluster)}:\n${changeMode(cluster, 'API_AND_CONFIG_MAP')}\nThe mode cannot be changed back; aws-auth still counts in it.`;
    return [note('mode-without-api', message, { help })];
  }
  if (authenticationMode !== 'API' || !isFromFile) return [];
  const message = `cluster ${name} has the authentication mode API, where aws-auth is ignored: nobody gets in through it today`;
  return [warning('config-map-ignored', message)];
}

function obstacleFinding(
  cluster: EksCluster,
  { state, entry: { principalArn, type } }: JudgedAccessEntry,
  obstacle: string,
): Finding {
  const isInUse = state !== 'dead' && type !== 'STANDARD';
  const nodes = isInUse ? 'Nodes that get in through it lose access until the new one is created. ' : '';
  const code = state === 'dead' ? 'dead-access-entry' : 'access-entry-type';
  const help = `Delete it before you create these entries. ${nodes}${credentialsOf(cluster)}:\n${deleteEntry(cluster, principalArn)}`;
  return warning(code, `${printable(principalArn)}: ${obstacle}`, { help });
}

function doubtFinding(
  cluster: EksCluster,
  { entry: { principalArn, createdAt } }: JudgedAccessEntry,
  doubt: string,
): Finding {
  const help = `Nothing that is written here changes that. Where \`aws iam get-role\` shows that the role was created after ${createdAt}, delete the access entry first. ${credentialsOf(cluster)}:\n${deleteEntry(cluster, principalArn)}`;
  return warning('access-entry-not-known', `${printable(principalArn)}: ${doubt}`, { help });
}

/** The AWS CLI goes to the account of its credentials, where a cluster may have the same name. */
function credentialsOf({ arn }: EksCluster, preposition = 'With'): string {
  return `${preposition} credentials of account ${parseArn(arn)?.accountId}`;
}

/** Whether an entry of the same type that is there gives what is to be written, and nothing else. */
function isKept(wanted: AccessEntry, found: AccessEntry): boolean {
  const sorted = (texts: readonly string[]) => JSON.stringify(texts.toSorted());
  const policiesOf = ({ policies }: AccessEntry) => sorted(policies.map(wholePolicyText));
  return (
    entryTemplates(wanted).username === entryTemplates(found).username &&
    sorted(entryTemplates(wanted).groups) === sorted(entryTemplates(found).groups) &&
    policiesOf(wanted) === policiesOf(found)
  );
}

function differsFinding(
  cluster: EksCluster,
  existing: JudgedAccessEntry,
  wanted: AccessEntry,
  isFromFile: boolean,
): Finding {
  const { principalArn } = existing.entry;
  const left = wanted.policies.some(isClusterAdminPolicy) ? [] : policiesLeft(existing, wanted);
  const username = usernameLeft(existing, wanted);
  const keeps = [
    ...(username === undefined ? [] : [`the username ${quoted(username)}`]),
    ...(left.length > 0 ? [listed(left.map((policy) => policyText(policy)))] : []),
  ];
  const kept = keeps.length > 0 ? `; it keeps ${keeps.join(' and ')}` : '';
  const commands = left.map(({ policyArn }) => disassociatePolicy(cluster, principalArn, policyArn));
  const own = { ...wanted, username: defaultUsername(principalArn) };
  const help = [
    ...(username === undefined
      ? []
      : [
          `No username is written here, since bindings may name the one that is there. Once this is applied, have EKS make one ${credentialsOf(cluster, 'with')}:`,
          updateEntry(cluster, own),
        ]),
    ...(left.length > 0
      ? [
          `Nothing that is written here takes access policies away. Once this is applied, do it ${credentialsOf(cluster, 'with')}:`,
          ...commands,
        ]
      : []),
  ];
  const overrides = isFromFile ? ', which overrides aws-auth' : '';
  const message = `cluster ${cluster.name} has an access entry of ${printable(principalArn)} already${overrides}; it gives something else than what is written here: ${grantText(existing.entry)}${kept}`;
  const say = isFromFile || keeps.length > 0 ? warning : note;
  return say('access-entry-differs', message, { help: help.length > 0 ? help.join('\n') : undefined });
}
