import { parseArn } from '../arn.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { denialFindings, denialOf } from '../aws-auth/denied-entries.ts';
import type { AwsAuthDocument } from '../aws-auth/document.ts';
import { isNodeEntry } from '../aws-auth/groups.ts';
import { HOW_TO_FIX } from '../aws-auth/load-findings.ts';
import {
  describeGrant,
  ignoredText,
  type LoadError,
  type LoadedEntry,
  unparsableSentence,
} from '../aws-auth/loaded.ts';
import { hasResourceVersion, immutablePair, type KubectlVerb } from '../aws-auth/server-metadata.ts';
import { excessAnnotationBytes, MAX_ANNOTATION_BYTES } from '../aws-auth/size-limits.ts';
import { reservedPrefixOf } from '../aws-auth/templates.ts';
import { ReadTime } from '../directory/read-time.ts';
import type { RoleFacts } from '../directory/role-facts.ts';
import { type Finding, locatedList, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { NODE_VARIABLE } from '../map-entry.ts';
import { nodeRolesFindings } from '../mapping/request.ts';
import type { Desired } from '../mapping/resolve.ts';
import { callerKey } from '../same-arn.ts';
import { listed, printable, quoted } from '../text.ts';
import { allNodesIn, keyText, type Pair, type YamlNode } from '../yaml/node.ts';
import { decided, type MapChange, type PlanContext } from './change.ts';
import { HOW_TO_RENEW, LOOKALIKE, oldInventoryText, UNWANTED } from './describe-change.ts';
import { lockoutFindings } from './plan-map.ts';
import { pruneSkipped } from './prune.ts';
import type { MergeDraft } from './verify.ts';

/**
 * The findings of a merge.
 * @param after the result; identical to `before` if nothing changed
 * @param verb the kubectl command that the result is for
 */
export function mergeFindings(
  before: AwsAuth,
  after: AwsAuth,
  { changes, dropped, edits }: MergeDraft,
  context: PlanContext,
  verb: KubectlVerb | null,
): Finding[] {
  return [
    ...planFindings(before, changes, context),
    ...fileFindings(before, edits.length > 0),
    ...kubectlFindings(before.document, after.document, dropped, verb),
    ...overrideFindings(before, after),
  ];
}

/** The findings of a plan: one for each cause, located at the first entry that it concerns. */
function planFindings(awsAuth: AwsAuth, changes: readonly MapChange[], context: PlanContext): Finding[] {
  const predecessors = decided(changes, 'added').flatMap(({ predecessor }) => predecessor ?? []);
  const lookalikes = decided(changes, 'left-alone')
    .filter(({ reason }) => reason === 'lookalike')
    .map(({ entry }) => entry);
  const removals = decided(changes, 'removed').map(({ entry }) => entry);
  const removed = locatedList(itemsOf(removals, awsAuth));
  return [
    ...(predecessors.length > 0
      ? listWarning(rotationSkipped(context.roles), itemsOf(predecessors, awsAuth))
      : []),
    ...(context.prune && !context.isFresh ? [pruneSkipped(context.roles)] : []),
    ...(removed ? [note('pruned-entry', `removed ${removed.list}`, { location: removed.location })] : []),
    ...unwantedFindings(changes, awsAuth, context),
    ...[...byReadTime(lookalikes, context.roles)].flatMap(([readTime, entries]) =>
      listWarning(readTime.tell(LOOKALIKE), itemsOf(entries, awsAuth)),
    ),
    ...lossFindings(awsAuth, changes),
    ...staysDenied(changes, awsAuth),
    ...deniedNameFindings(changes, awsAuth),
    ...lockoutFindings(awsAuth, changes, context),
  ];
}

function rotationSkipped(roles: RoleFacts) {
  const message = `${oldInventoryText(roles)}, so these entries stay alongside the new ones`;
  return { code: 'rotation-skipped', message, help: HOW_TO_RENEW };
}

type ListItems = Parameters<typeof locatedList>[0];

/** A warning about all items of a list; nothing if the list is empty. */
function listWarning(
  { code, message, help }: Readonly<Record<'code' | 'message' | 'help', string>>,
  items: ListItems,
): Finding[] {
  const located = locatedList(items);
  if (!located) return [];
  return [warning(code, `${message}: ${located.list}`, { location: located.location, help })];
}

function itemsOf(entries: readonly LoadedEntry[], awsAuth: AwsAuth): ListItems {
  return entries.map((entry) => ({ text: entry.arn, location: awsAuth.locationOf(entry) }));
}

/** Entries by the time when their roles were read. */
function byReadTime(entries: readonly LoadedEntry[], roles: RoleFacts) {
  return groupBy(entries, ({ arn }) => roles.about(arn).readTime);
}

function unwantedFindings(
  changes: readonly MapChange[],
  awsAuth: AwsAuth,
  { roles }: PlanContext,
): Finding[] {
  const unmapped = decided(changes, 'unmapped');
  return Object.entries(UNWANTED).flatMap(([wanted, texts]) => {
    // An entry that never matches already has a warning.
    const entries = unmapped
      .filter(({ reason, entry }) => reason === wanted && (wanted !== 'unmapped' || denialOf(entry) === null))
      .map(({ entry }) => entry);
    const byTime = texts.isOfRole ? byReadTime(entries, roles) : groupBy(entries, () => ReadTime.NOW);
    return [...byTime].flatMap(([readTime, those]) =>
      listWarning({ ...texts, message: readTime.dated(texts.message) }, itemsOf(those, awsAuth)),
    );
  });
}

/** Entries that stay and grant no access; overridden ones already have a finding. */
function staysDenied(changes: readonly MapChange[], awsAuth: AwsAuth): Finding[] {
  const staying = decided(changes, 'kept', 'unmapped', 'left-alone')
    .map(({ entry }) => entry)
    .filter(({ shadowed }) => !shadowed);
  const locationOf = (entry: LoadedEntry) => awsAuth.locationOf(entry);
  return denialFindings(staying, locationOf, `Merge leaves it unchanged. ${HOW_TO_FIX}`);
}

/** Usernames that people can't or may not have, and are therefore replaced even if the mapping sets no username. */
function deniedNameFindings(changes: readonly MapChange[], awsAuth: AwsAuth): Finding[] {
  return decided(changes, 'updated', 'rotated').flatMap(({ entry, username }) => {
    if (username === null) return [];
    const isReserved = reservedPrefixOf(entry.username) !== undefined;
    const why = entry.username.includes(NODE_VARIABLE)
      ? 'denies access to people'
      : isReserved && 'is reserved for components of Kubernetes and EKS';
    if (!why) return [];
    const message = `the username ${quoted(entry.username)} ${why}, so it becomes ${quoted(username)}`;
    return [warning('username-replaced', message, { location: awsAuth.locationOf(entry) })];
  });
}

/** Losses that the authenticator reports for the input, and still for the result. */
function lossFindings(awsAuth: AwsAuth, changes: readonly MapChange[]): Finding[] {
  const { errors, ignoredFrom } = awsAuth.mapRoles;
  const help = `Merge leaves it unchanged. ${HOW_TO_FIX}`;
  const list = (code: string, message: string, errors: readonly LoadError[]) =>
    listWarning(
      { code, message, help },
      errors.map((error) => ({ text: error.message, location: awsAuth.locate('mapRoles', error.offset) })),
    );
  const dropped = errors.filter(({ loss }) => loss === 'dropped');
  return [
    ...list('dropped-entry', 'the authenticator drops items of mapRoles', dropped),
    ...list(
      'field-not-string',
      'the authenticator drops fields of mapRoles entries',
      lostFields(errors, changes),
    ),
    ...(ignoredFrom === null
      ? []
      : [
          warning('ignored-content', ignoredText('mapRoles'), {
            location: awsAuth.locate('mapRoles', ignoredFrom),
          }),
        ]),
  ];
}

/** The lost fields, except those that the merge rewrites or removes. */
function lostFields(errors: readonly LoadError[], changes: readonly MapChange[]): LoadError[] {
  const removed = new Set<number | null>(decided(changes, 'removed').map(({ entry }) => entry.index));
  const edited = decided(changes, 'updated', 'rotated');
  const fixed = new Set(
    edited
      .flatMap(({ entry: { fields }, username, groups }) => [
        ...(username === null ? [] : nodesIn(fields.username)),
        ...(groups === null ? [] : nodesIn(fields.groups)),
      ])
      .map(({ start }) => start),
  );
  return errors.filter(
    ({ loss, index, offset }) => loss === 'field' && !removed.has(index) && !fixed.has(offset),
  );
}

function nodesIn(node: YamlNode | undefined): YamlNode[] {
  return node ? [...allNodesIn(node)] : [];
}

/** Findings about the file, whether or not it changes. */
function fileFindings(awsAuth: AwsAuth, changed: boolean): Finding[] {
  const { configMap, file } = awsAuth.document;
  const location = { file };
  const findings: Finding[] = [];
  if (changed && configMap === null && awsAuth.mapRoles.list === null)
    findings.push(
      warning('empty-file', 'the file is empty, so it becomes a bare mapRoles list, not a ConfigMap', {
        location,
        help: 'Kustomize generators accept such a list; `aws-auth-sso generate` writes a ConfigMap.',
      }),
    );
  findings.push(
    ...unparsableFinding('unparsable-map-users', 'mapUsers', awsAuth),
    ...unparsableFinding('unparsable-map-accounts', 'mapAccounts', awsAuth),
  );
  if (changed && configMap && immutablePair(configMap))
    findings.push(
      warning('immutable-config-map', 'the ConfigMap is immutable: the API server rejects this change', {
        location,
        help: 'Remove immutable: true and re-create it: kubectl replace --force.',
      }),
    );
  return findings;
}

function unparsableFinding(code: string, key: 'mapUsers' | 'mapAccounts', awsAuth: AwsAuth): Finding[] {
  const error = awsAuth[key].errors.find(({ loss }) => loss === 'unparsable');
  if (!error) return [];
  const message = unparsableSentence(key, error);
  const location = awsAuth.locate(key, error.offset);
  return [warning(code, message, { location, help: `Merge changes only mapRoles. ${HOW_TO_FIX}` })];
}

const COMMANDS: Readonly<Record<KubectlVerb, string>> = {
  apply: 'kubectl apply',
  replace: 'kubectl replace',
  'server-side-apply': 'kubectl apply --server-side',
};

const GET = 'kubectl get configmap aws-auth -n kube-system -o yaml';

/** Side effects of the kubectl command that the result is for. */
function kubectlFindings(
  document: AwsAuthDocument,
  result: AwsAuthDocument,
  dropped: ReadonlySet<Pair>,
  verb: KubectlVerb | null,
): Finding[] {
  const { configMap, others, file } = document;
  if (verb === null || !configMap) return [];
  const findings: Finding[] = [];
  const location = { file };
  if (verb !== 'replace' && others.length > 0)
    findings.push(
      warning(
        'other-manifests',
        `the output contains more than aws-auth, and ${COMMANDS[verb]} writes all of it back as read: ${listed(others)}`,
        { location, help: `Read only aws-auth: ${GET}` },
      ),
    );
  if (verb === 'apply' && dropped.size > 0)
    findings.push(
      note('lock-dropped', `dropped ${listed([...dropped].map(keyText))}: the output is for a file in Git`, {
        help: 'If you apply it to the cluster directly, it overwrites concurrent changes. --for replace and --for server-side-apply keep the lock.',
      }),
    );
  if (verb !== 'apply' && !hasResourceVersion(document))
    findings.push(
      warning('lock-missing', `no resourceVersion: ${COMMANDS[verb]} overwrites concurrent changes`, {
        location,
        help: `Read the live object: ${GET}`,
      }),
    );
  const bytes = verb === 'apply' ? excessAnnotationBytes(result) : null;
  if (bytes !== null)
    findings.push(
      warning(
        'large-config-map',
        `kubectl apply will fail: including the copy that it stores, the annotations take ${bytes} bytes, but the limit is ${MAX_ANNOTATION_BYTES}`,
        { location, help: 'Use kubectl replace, or --for server-side-apply.' },
      ),
    );
  return findings;
}

/** Entries of mapUsers that mapRoles overrides in the result. Lines refer to the result. */
function overrideFindings(before: AwsAuth, after: AwsAuth): Finding[] {
  const known = new Set([...before.overridden.keys()].map(({ arn }) => callerKey(arn)));
  return [...after.overridden]
    .filter(([user]) => !user.shadowed)
    .map(([user, role]) => {
      const [roleLine, userLine] = [role, user].map((entry) => after.locationOf(entry).line);
      const effect = known.has(callerKey(user.arn)) ? 'has no effect' : `becomes ${describeGrant(role)}`;
      const message = `mapRoles (line ${roleLine}) overrides mapUsers (line ${userLine}) for ${printable(role.arn)}: ${describeGrant(user)} ${effect}`;
      return warning('overridden-user', message);
    });
}

/**
 * Findings about node entries. Merging removes none, so node roles outside the scope matter only to a file without node
 * entries. Any other file might get nodes of other clusters.
 */
export function nodesFindings(
  { scoped, request }: Pick<Desired, 'scoped' | 'request'>,
  { mapRoles: { entries } }: AwsAuth,
  changes: readonly MapChange[],
): Finding[] {
  const hasNodes = entries.some((entry) => !entry.shadowed && isNodeEntry(entry));
  if (!hasNodes) return nodeRolesFindings(scoped, request, false);
  const { flags, excludeFlags } = request.scope;
  if (flags.length + excludeFlags.length > 0) return [];
  // Nodes are in their cluster's account, people in any: nodes of other accounts mean that the config serves more clusters.
  const arns = [...entries.map(({ arn }) => arn), ...request.nodeRoles.flags];
  const known = new Set(arns.map((arn) => parseArn(arn)?.accountId));
  const others = decided(changes, 'added')
    .filter(({ wanted }) => wanted.role === null)
    .flatMap(({ wanted }) => parseArn(wanted.rolearn)?.accountId ?? [])
    .filter((id) => !known.has(id));
  if (others.length === 0) return [];
  const message = `adds nodes from accounts that have no entry in the file: ${listed([...new Set(others)])}`;
  const help =
    "If the config serves several clusters, limit it to this cluster's account with --account. Otherwise, people from the other accounts are added too.";
  return [warning('nodes-of-other-accounts', message, { help })];
}
