import { isNodeEntry } from '../../authenticator/groups.ts';
import type { Detection, MapKey, Rule } from '../rule.ts';
import { spotOf } from '../spot.ts';
import type { LintSubject } from '../subject.ts';

export const secondDocument: Rule = {
  name: 'second-document',
  severity: 'error',
  fix: 'none',
  summary: 'More stands behind the first YAML document of a key, mostly behind a line ---',
  consequence: 'it reads the first YAML document alone, so nobody in what follows gets in',
  help: 'Remove the line --- or ... above it, or put it into the column of the list above, so that all entries are one list.',
  *detect({ lists, accounts }) {
    for (const { key, loaded } of lists) yield* ignored(key, loaded.ignoredFrom);
    yield* ignored('mapAccounts', accounts?.loaded.ignoredFrom ?? null);
  },
};

function* ignored(map: MapKey, offset: number | null): Generator<Detection> {
  if (offset === null) return;
  yield {
    spot: { map, start: offset, end: offset, index: null },
    what: `${map} ends here for the authenticator, and more follows`,
  };
}

export const noNodeEntry: Rule = {
  name: 'no-node-entry',
  severity: 'warning',
  fix: 'none',
  summary: 'No entry lets nodes in',
  consequence: 'nodes cannot join the cluster, unless they come in by access entries',
  help: 'Add an entry for the role of the nodes, with the username "system:node:{{EC2PrivateDNSName}}" and the groups system:bootstrappers and system:nodes; `aws-auth-sso merge --node-role ARN` does it.',
  *detect(subject) {
    if (
      !isRead(subject) ||
      subject.entries.some(({ list, entry }) => list.key === 'mapRoles' && isNodeEntry(entry))
    )
      return;
    const { configMap, texts } = subject.document;
    const where = texts.mapRoles?.pair?.key ?? configMap?.data?.key ?? configMap?.root;
    yield {
      spot: where ? spotOf(null, where, null) : { map: null, start: 0, end: 0, index: null },
      what: 'no entry of mapRoles lets nodes in',
    };
  },
};

/** Whether all is known that mapRoles says; what hides it has a finding of its own. */
function isRead({ document, mapRoles, voids }: LintSubject): boolean {
  if (voids.some(({ key }) => key === 'mapRoles') || document.faults.length > 0) return false;
  return mapRoles !== undefined || !hasMergeKey(document);
}

function hasMergeKey({ data }: LintSubject['document']): boolean {
  return data.some(({ key }) => key.kind === 'scalar' && key.text === '<<');
}
