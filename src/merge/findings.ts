import { denialFindings, denialOf } from '../authenticator/gets-in.ts';
import { describeGrant, type LoadError, type LoadedEntry } from '../authenticator/loaded.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import { hasResourceVersion, immutablePair, type KubectlVerb } from '../configmap/server-metadata.ts';
import { excessAnnotationBytes, MAX_ANNOTATION_BYTES } from '../configmap/size-limits.ts';
import { NODE_VARIABLE } from '../entry.ts';
import { type Finding, locatedList, note, warning } from '../errors.ts';
import { callerKey } from '../same-arn.ts';
import { listed, printable, quoted } from '../text.ts';
import { keyOf, nodesOf, type Pair, type YamlNode } from '../yaml/node.ts';
import { type Decision, decided, type MergeContext, UNWANTED } from './plan.ts';
import { lockoutFindings } from './prune.ts';
import type { MergeDraft } from './verify.ts';

/**
 * What there is to say about a merge.
 * @param after the result, the same as before where nothing was to be done
 * @param verb the kubectl command that the result is for
 */
export function mergeFindings(
  before: AwsAuth,
  after: AwsAuth,
  { decisions, dropped, edits }: MergeDraft,
  context: MergeContext,
  verb: KubectlVerb | null,
): Finding[] {
  return [
    ...planFindings(before, decisions, context),
    ...fileFindings(before, edits.length > 0),
    ...kubectlFindings(before.document, after.document, dropped, verb),
    ...overrideFindings(before, after),
  ];
}

/** What there is to say about a plan: a finding for each cause, located at the first entry that it concerns. */
function planFindings(awsAuth: AwsAuth, decisions: readonly Decision[], context: MergeContext): Finding[] {
  const predecessors = decided(decisions, 'added').flatMap(({ predecessor }) => predecessor ?? []);
  const removals = decided(decisions, 'removed').map(({ entry }) => entry);
  const removed = locatedList(itemsOf(removals, awsAuth));
  return [
    ...listWarning(ROTATION_SKIPPED, itemsOf(predecessors, awsAuth)),
    ...(context.prune && !context.isFresh ? [PRUNE_SKIPPED] : []),
    ...(removed ? [note('pruned-entry', `removed ${removed.list}`, { location: removed.location })] : []),
    ...unwantedFindings(decisions, awsAuth),
    ...lossFindings(awsAuth, decisions),
    ...staysDenied(decisions, awsAuth),
    ...deniedNameFindings(decisions, awsAuth),
    ...lockoutFindings(awsAuth, decisions, context),
  ];
}

const OLD = 'the inventory is too old to tell that a role no longer exists';
const HOW_TO_RENEW = 'Take a new snapshot, or raise --max-age.';
const ROTATION_SKIPPED = {
  code: 'rotation-skipped',
  message: `${OLD}, so these entries stay beside their successors`,
  help: HOW_TO_RENEW,
};
const PRUNE_SKIPPED = warning('prune-skipped', `${OLD}, so --prune removes nothing`, { help: HOW_TO_RENEW });

type ListItems = Parameters<typeof locatedList>[0];

/** A warning about all items of a list, unless there are none. */
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

function unwantedFindings(decisions: readonly Decision[], awsAuth: AwsAuth): Finding[] {
  const unmapped = decided(decisions, 'unmapped');
  return Object.entries(UNWANTED).flatMap(([wanted, texts]) => {
    // Of one that never matches there is a warning already.
    const entries = unmapped
      .filter(({ reason, entry }) => reason === wanted && (wanted !== 'unmapped' || denialOf(entry) === null))
      .map(({ entry }) => entry);
    return listWarning(texts, itemsOf(entries, awsAuth));
  });
}

const CHECK = '`aws-auth-sso check` says how to fix it.';

/** The entries that stay as they are and let nobody in; of those that another one overrides there is a finding already. */
function staysDenied(decisions: readonly Decision[], awsAuth: AwsAuth): Finding[] {
  const staying = decided(decisions, 'kept', 'unmapped', 'left-alone')
    .map(({ entry }) => entry)
    .filter(({ shadowed }) => !shadowed);
  const located = staying.map((entry) => ({ entry, location: awsAuth.locationOf(entry) }));
  return denialFindings(located, `merge leaves it as it is; ${CHECK}`);
}

/** The usernames that deny access to people and so give way to those of the mappings, though these state none. */
function deniedNameFindings(decisions: readonly Decision[], awsAuth: AwsAuth): Finding[] {
  return decided(decisions, 'updated', 'rotated').flatMap(({ entry, username }) => {
    if (username === null || !entry.username.includes(NODE_VARIABLE)) return [];
    const message = `the username ${quoted(entry.username)} denies access to people, so it becomes ${quoted(username)}`;
    return [warning('username-replaced', message, { location: awsAuth.locationOf(entry) })];
  });
}

/** What the authenticator loses in the input and in the result. */
function lossFindings(awsAuth: AwsAuth, decisions: readonly Decision[]): Finding[] {
  const { errors, ignoredFrom } = awsAuth.mapRoles;
  const help = `merge leaves it as it is; ${CHECK}`;
  const list = (code: string, message: string, errors: readonly LoadError[]) =>
    listWarning(
      { code, message, help },
      errors.map((error) => ({ text: error.message, location: awsAuth.locate('mapRoles', error.offset) })),
    );
  const dropped = errors.filter(({ loss }) => loss === 'dropped');
  const ignored =
    'the authenticator reads only the first YAML document of mapRoles, and ignores what follows';
  return [
    ...list('dropped-entry', 'the authenticator drops items of mapRoles', dropped),
    ...list('field-not-string', 'the authenticator loses fields in mapRoles', lostFields(errors, decisions)),
    ...(ignoredFrom === null
      ? []
      : [warning('ignored-content', ignored, { location: awsAuth.locate('mapRoles', ignoredFrom) })]),
  ];
}

/** Without those of fields that are rewritten or removed. */
function lostFields(errors: readonly LoadError[], decisions: readonly Decision[]): LoadError[] {
  const removed = new Set<number | null>(decided(decisions, 'removed').map(({ entry }) => entry.index));
  const changes = decided(decisions, 'updated', 'rotated');
  const fixed = new Set(
    changes
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
  return node ? [...nodesOf(node)] : [];
}

/** What there is to say about a file that is to change, or not. */
function fileFindings(awsAuth: AwsAuth, changed: boolean): Finding[] {
  const { configMap } = awsAuth.document;
  const location = { file: awsAuth.file };
  const findings: Finding[] = [];
  if (changed && configMap === null && awsAuth.mapRoles.list === null)
    findings.push(
      warning('empty-file', 'the file is empty: it becomes a bare mapRoles list, not a ConfigMap', {
        location,
        help: 'Kustomize generators take such a list; `aws-auth-sso generate` writes a ConfigMap.',
      }),
    );
  findings.push(
    ...unparsableFinding('unparsable-map-users', 'mapUsers', awsAuth),
    ...unparsableFinding('unparsable-map-accounts', 'mapAccounts', awsAuth),
  );
  if (changed && configMap && immutablePair(configMap))
    findings.push(
      warning('immutable-config-map', 'the ConfigMap is immutable: the API server refuses this change', {
        location,
        help: 'Remove immutable: true and re-create it: kubectl replace --force.',
      }),
    );
  return findings;
}

function unparsableFinding(code: string, key: 'mapUsers' | 'mapAccounts', awsAuth: AwsAuth): Finding[] {
  const error = awsAuth[key].errors.find(({ loss }) => loss === 'unparsable');
  if (!error) return [];
  const message = `the authenticator cannot parse ${key}, so nobody in it gets in: ${error.message}`;
  const location = awsAuth.locate(key, error.offset);
  return [warning(code, message, { location, help: `merge changes only mapRoles; ${CHECK}` })];
}

const COMMANDS: Readonly<Record<KubectlVerb, string>> = {
  apply: 'kubectl apply',
  replace: 'kubectl replace',
  'server-side-apply': 'kubectl apply --server-side',
};

const GET = 'kubectl get configmap aws-auth -n kube-system -o yaml';

/** What the kubectl command that a result is meant for will do besides. */
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
        `the output holds more than aws-auth, and ${COMMANDS[verb]} writes it all back as it was read: ${listed(others)}`,
        { location, help: `Read aws-auth alone: ${GET}` },
      ),
    );
  if (verb === 'apply' && dropped.size > 0)
    findings.push(
      note('lock-dropped', `dropped ${listed([...dropped].map(keyOf))}: the output is for a file in Git`, {
        help: 'Applied to the cluster at once, it overwrites concurrent changes; --for replace and --for server-side-apply keep the lock.',
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
        `kubectl apply will fail: with the copy that it keeps, the annotations take ${bytes} bytes, at most ${MAX_ANNOTATION_BYTES} are allowed`,
        { location, help: 'Use kubectl replace, or --for server-side-apply.' },
      ),
    );
  return findings;
}

/** The entries of mapUsers that mapRoles overrides in a result. Lines are those of the result. */
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
