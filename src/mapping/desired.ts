import { arnKind, parseArn } from '../arn.ts';
import type { DesiredEntry } from '../entry.ts';
import { Failure, type Finding, type Problem } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { InventorySource, KnownSets } from '../inventory/query.ts';

import { listed } from '../text.ts';
import { explainUnresolved } from './explain-unresolved.ts';
import { peopleQuestionOf } from './principals.ts';
import { questionOf, type Request, type ScopedRequest, scopeMappings } from './request.ts';
import { resolve, type Unresolved } from './resolve.ts';

/** The desired entries, and all that they rest on. */
export interface Desired {
  readonly entries: readonly DesiredEntry[];
  readonly findings: readonly Finding[];
  readonly request: Request;
  readonly scoped: ScopedRequest;
  readonly inventory: Inventory;
  readonly unresolved: readonly Unresolved[];
}

/** What may be resolved less strictly than usual. */
export interface ResolveOptions {
  readonly allowUnresolved?: boolean;
  readonly allSets?: boolean;
  readonly allowShared?: boolean;
}

/**
 * From a request to desired entries, through AWS or snapshots.
 * @throws Failure where something does not resolve (exit 2) or cannot be read (exit 3)
 */
export async function resolveRequest(
  request: Request,
  source: InventorySource,
  options: ResolveOptions,
): Promise<Desired> {
  const accountsRead = await source.read(questionOf(request));
  refuseOtherPartitions(request, accountsRead.partition);
  const scoped = scopeMappings(request, accountsRead);
  const people = peopleQuestionOf(scoped.mappings, accountsRead);
  const inventory = people ? await source.people(accountsRead, people) : accountsRead;
  const { allSets = false, allowShared = false } = options;
  const locks = { allSets, allowShared };
  const { entries, unresolved, ...resolution } = resolve(
    scoped.mappings,
    request.nodeRoles,
    scoped.accountIds,
    inventory,
    locks,
  );
  const leftOut = await settleUnresolved(unresolved, options, source, inventory);
  const findings = [...scoped.findings, ...resolution.findings, ...leftOut];
  return { entries, findings, request, scoped, inventory, unresolved };
}

function refuseOtherPartitions({ mappings, nodeRoles }: Request, partition: string): void {
  const selected = mappings.flatMap(({ selector, origin }) =>
    selector.kind === 'arn' ? [{ text: selector.arn, origin }] : [],
  );
  const nodes = nodeRoles.map((text) => ({ text, origin: undefined }));
  const problems = [...selected, ...nodes].flatMap(({ text, origin }): Problem[] => {
    const arn = parseArn(text);
    if (!arn || arn.partition === partition) return [];
    const what = arnKind(arn) === 'permission-set' ? 'permission set' : 'node role';
    const message = `${what} ${text} is of partition ${arn.partition}, the accounts are of ${partition}`;
    return [
      {
        message,
        help: 'It can never match there; take the ARN from the right partition.',
        ...(origin?.place ? { location: origin.place } : {}),
      },
    ];
  });
  if (problems.length > 0) throw new Failure(2, problems);
}

async function settleUnresolved(
  unresolved: readonly Unresolved[],
  options: ResolveOptions,
  source: InventorySource,
  inventory: Inventory,
): Promise<Finding[]> {
  const mandatory = unresolved.filter(({ mapping }) => !mapping.optional && !options.allowUnresolved);
  if (mandatory.length > 0) {
    const known = await setsFor(mandatory, source, inventory);
    throw new Failure(2, explainUnresolved(mandatory, known, inventory, !source.isLive));
  }
  const mappings = [...new Set(unresolved.map(({ mapping }) => mapping))];
  return mappings.map((mapping): Finding => {
    const accounts = unresolved
      .filter((miss) => miss.mapping === mapping)
      .flatMap(({ accountId }) => accountId ?? []);
    const where = accounts.length === 0 ? 'every account of its scope' : listed(accounts);
    const message = `left out: ${mapping.origin.text} leads to no role in ${where}`;
    return { severity: mapping.optional ? 'note' : 'warning', code: 'unresolved', message };
  });
}

/** Permission sets are listed only where one is named: that takes a call for each. */
async function setsFor(
  unresolved: readonly Unresolved[],
  source: InventorySource,
  inventory: Inventory,
): Promise<KnownSets> {
  const isNamed = unresolved.some(
    ({ mapping: { selector } }) => selector.kind === 'name' || selector.kind === 'arn',
  );
  return isNamed ? source.knownSets(inventory) : { kind: 'unknown', reason: 'no permission set is named' };
}
