import { callerKey, describeGrant, overriddenUsers } from '../authenticator/caller.ts';
import { denialFindings, denialOf } from '../authenticator/gets-in.ts';
import { readMapAccounts } from '../authenticator/load.ts';
import type { LoadError, LoadedEntry, LoadedMap, LoadedMaps } from '../authenticator/loaded.ts';
import {
  excessAnnotationBytes,
  hasResourceVersion,
  immutablePair,
  type KubectlVerb,
  MAX_ANNOTATION_BYTES,
} from '../configmap/api-server.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import { NODE_VARIABLE } from '../entry.ts';
import { type Finding, locatedList, note, warning } from '../errors.ts';
import { listed, printable, quoted } from '../text.ts';
import { keyOf, nodesOf, type Pair, type YamlNode } from '../yaml/node.ts';
import { type Decision, decided, type LocationOf, type MergeContext, UNWANTED } from './plan.ts';
import { lockoutFindings } from './prune.ts';

/** What there is to say about a plan: a finding for each cause, located at the first entry that it concerns. */
export function planFindings(
  loaded: LoadedMap,
  decisions: readonly Decision[],
  context: MergeContext,
  locationOf: LocationOf,
): Finding[] {
  const predecessors = decided(decisions, 'added').flatMap(({ predecessor }) => predecessor ?? []);
  const removed = locatedList(
    itemsOf(
      decided(decisions, 'removed').map(({ entry }) => entry),
      locationOf,
    ),
  );
  return [
    ...listWarning(ROTATION_SKIPPED, itemsOf(predecessors, locationOf)),
    ...(context.prune && !context.isFresh ? [PRUNE_SKIPPED] : []),
    ...(removed ? [note('pruned-entry', `removed ${removed.list}`, { location: removed.location })] : []),
    ...unwantedFindings(decisions, locationOf),
    ...lossFindings(loaded, decisions, locationOf),
    ...staysDenied(decisions, locationOf),
    ...deniedNameFindings(decisions, locationOf),
    ...lockoutFindings(loaded, decisions, context),
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

function itemsOf(entries: readonly LoadedEntry[], locationOf: LocationOf): ListItems {
  return entries.map(({ arn, node }) => ({ text: arn, location: locationOf(node.contentStart) }));
}

function unwantedFindings(decisions: readonly Decision[], locationOf: LocationOf): Finding[] {
  const unmapped = decided(decisions, 'unmapped');
  return Object.entries(UNWANTED).flatMap(([wanted, texts]) => {
    // Of one that never matches there is a warning already.
    const entries = unmapped
      .filter(({ reason, entry }) => reason === wanted && (wanted !== 'unmapped' || denialOf(entry) === null))
      .map(({ entry }) => entry);
    return listWarning(texts, itemsOf(entries, locationOf));
  });
}

const CHECK = '`aws-auth-sso check` says how to fix it.';

/** The entries that stay as they are and let nobody in; of those that another one overrides there is a finding already. */
function staysDenied(decisions: readonly Decision[], locationOf: LocationOf): Finding[] {
  const staying = decided(decisions, 'kept', 'unmapped', 'left-alone')
    .map(({ entry }) => entry)
    .filter(({ shadowed }) => !shadowed);
  const located = staying.map((entry) => ({ entry, location: locationOf(entry.node.contentStart) }));
  return denialFindings(located, `merge leaves it as it is; ${CHECK}`);
}

/** The usernames that deny access to people and so give way to those of the mappings, though these state none. */
function deniedNameFindings(decisions: readonly Decision[], locationOf: LocationOf): Finding[] {
  return decided(decisions, 'updated', 'rotated').flatMap(({ entry, username }) => {
    if (username === null || !entry.username.includes(NODE_VARIABLE)) return [];
    const message = `the username ${quoted(entry.username)} denies access to people, so it becomes ${quoted(username)}`;
    return [warning('username-replaced', message, { location: locationOf(entry.node.contentStart) })];
  });
}

/** What the authenticator loses in the input and in the result. */
function lossFindings(loaded: LoadedMap, decisions: readonly Decision[], locationOf: LocationOf): Finding[] {
  const help = `merge leaves it as it is; ${CHECK}`;
  const list = (code: string, message: string, errors: readonly LoadError[]) =>
    listWarning(
      { code, message, help },
      errors.map((error) => ({ text: error.message, location: locationOf(error.offset) })),
    );
  const dropped = loaded.errors.filter(({ loss }) => loss === 'dropped');
  const { ignoredFrom } = loaded;
  const ignored =
    'the authenticator reads only the first YAML document of mapRoles, and ignores what follows';
  return [
    ...list('dropped-entry', 'the authenticator drops items of mapRoles', dropped),
    ...list('field-not-string', 'the authenticator loses fields in mapRoles', lostFields(loaded, decisions)),
    ...(ignoredFrom === null
      ? []
      : [warning('ignored-content', ignored, { location: locationOf(ignoredFrom) })]),
  ];
}

/** Without those of fields that are rewritten or removed. */
function lostFields(loaded: LoadedMap, decisions: readonly Decision[]): LoadError[] {
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
  return loaded.errors.filter(
    ({ loss, index, offset }) => loss === 'field' && !removed.has(index) && !fixed.has(offset),
  );
}

function nodesIn(node: YamlNode | undefined): YamlNode[] {
  return node ? [...nodesOf(node)] : [];
}

/** What there is to say about a file that is to change, or not. */
export function fileFindings(
  { configMap, file, mapUsers, mapAccounts }: AwsAuthDocument,
  maps: LoadedMaps,
  changed: boolean,
): Finding[] {
  const findings: Finding[] = [];
  if (changed && configMap === null && maps.mapRoles.list === null)
    findings.push(
      warning('empty-file', 'the file is empty: it becomes a bare mapRoles list, not a ConfigMap', {
        location: { file },
        help: 'Kustomize generators take such a list; `aws-auth-sso generate` writes a ConfigMap.',
      }),
    );
  findings.push(
    ...unparsableFinding('mapUsers', mapUsers, maps.mapUsers.errors),
    ...unparsableFinding('mapAccounts', mapAccounts, readMapAccounts(mapAccounts?.text ?? '').errors),
  );
  if (changed && configMap && immutablePair(configMap))
    findings.push(
      warning('immutable-config-map', 'the ConfigMap is immutable: the API server refuses this change', {
        location: { file },
        help: 'Remove immutable: true and re-create it: kubectl replace --force.',
      }),
    );
  return findings;
}

function unparsableFinding(
  key: 'mapUsers' | 'mapAccounts',
  text: EmbeddedText | null,
  errors: readonly LoadError[],
): Finding[] {
  const error = errors.find(({ loss }) => loss === 'unparsable');
  if (!text || !error) return [];
  const code = key === 'mapUsers' ? 'unparsable-map-users' : 'unparsable-map-accounts';
  const message = `the authenticator cannot parse ${key}, so nobody in it gets in: ${error.message}`;
  const location = text.locationOf(Math.max(error.offset, 0));
  return [warning(code, message, { location, help: `merge changes only mapRoles; ${CHECK}` })];
}

const COMMANDS: Readonly<Record<KubectlVerb, string>> = {
  apply: 'kubectl apply',
  replace: 'kubectl replace',
  'server-side-apply': 'kubectl apply --server-side',
};

const GET = 'kubectl get configmap aws-auth -n kube-system -o yaml';

/** What the kubectl command that a result is meant for will do besides. */
export function kubectlFindings(
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
export function overrideFindings(
  before: LoadedMaps,
  after: LoadedMaps,
  { mapRoles, mapUsers }: AwsAuthDocument,
): Finding[] {
  const overriddenIn = (maps: LoadedMaps) =>
    overriddenUsers({ mapRoles: maps.mapRoles.entries, mapUsers: maps.mapUsers.entries });
  const known = new Set([...overriddenIn(before).keys()].map(({ arn }) => callerKey(arn)));
  return [...overriddenIn(after)]
    .filter(([user]) => !user.shadowed)
    .map(([user, role]) => {
      const roleLine = mapRoles?.locationOf(role.node.contentStart).line;
      const userLine = mapUsers?.locationOf(user.node.contentStart).line;
      const effect = known.has(callerKey(user.arn)) ? 'has no effect' : `becomes ${describeGrant(role)}`;
      const message = `mapRoles (line ${roleLine}) overrides mapUsers (line ${userLine}) for ${printable(role.arn)}: ${describeGrant(user)} ${effect}`;
      return warning('overridden-user', message);
    });
}
