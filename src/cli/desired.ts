import { arnKind, parseArn } from '../arn.ts';
import type { DesiredEntry } from '../entry.ts';
import { Failure, type Finding, type Problem, refusal } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { Question } from '../inventory/question.ts';
import { explainUnresolved } from '../mapping/explain.ts';
import type { KnownSets } from '../mapping/known-sets.ts';
import { peopleQuestionOf } from '../mapping/people-question.ts';
import { type Request, rangesOf } from '../mapping/request.ts';
import { resolve, type Unresolved } from '../mapping/resolve.ts';
import { type ScopedRequest, scopeMappings } from '../mapping/scope-mappings.ts';
import { listed } from '../text.ts';
import type { InventoryOptions, MappingOptions } from './common-options.ts';
import { type InventorySource, openInventorySource } from './inventory-source.ts';
import { loadRequest } from './request.ts';
import type { Shell } from './shell.ts';

export type DesiredOptions = MappingOptions & InventoryOptions;

/** The desired entries, and all that they rest on. */
export interface Desired {
  readonly entries: readonly DesiredEntry[];
  readonly findings: readonly Finding[];
  readonly request: Request;
  readonly scoped: ScopedRequest;
  readonly inventory: Inventory;
  readonly unresolved: readonly Unresolved[];
}

/**
 * From options to desired entries, through AWS or snapshots.
 * @throws Failure where something does not resolve (exit 2) or cannot be read (exit 3)
 */
export function desiredEntries(options: DesiredOptions, shell: Shell): Promise<Desired> {
  return withDesired(options, shell, async (desired) => desired);
}

/** As `desiredEntries`, for who has more to ask of the same source. */
export async function withDesired<T>(
  options: DesiredOptions,
  shell: Shell,
  use: (desired: Desired, source: InventorySource) => Promise<T>,
): Promise<T> {
  const { request, config } = await loadRequest(options, shell);
  if (request.mappings.length + request.nodeRoles.length === 0) throw noMappings();
  const source = await openInventorySource(options, config, shell);
  try {
    const accountsRead = await source.read(questionOf(request));
    refuseOtherPartitions(request, accountsRead.partition);
    const scoped = scopeMappings(request, accountsRead);
    const people = peopleQuestionOf(scoped.mappings, accountsRead);
    const inventory = people ? await source.people(accountsRead, people) : accountsRead;
    const { allSets = false, allowShared = false } = options;
    const locks = { allSets, allowShared };
    const resolution = resolve(scoped.mappings, request.nodeRoles, scoped.accountIds, inventory, locks);
    const leftOut = await settleUnresolved(resolution.unresolved, options, source, inventory);
    const findings = [...scoped.findings, ...resolution.findings, ...leftOut];
    const { entries, unresolved } = resolution;
    return await use({ entries, findings, request, scoped, inventory, unresolved }, source);
  } finally {
    source.close();
  }
}

/** What a request needs to know of AWS. */
export function questionOf(request: Request): Question {
  const ranges = rangesOf(request);
  const arns = request.mappings.flatMap(({ selector }) => (selector.kind === 'arn' ? [selector.arn] : []));
  return {
    scope: ranges.flatMap(({ selectors }) => selectors),
    within: ranges.find(({ within }) => within !== null)?.within ?? null,
    exclude: request.scope.exclude,
    permissionSets: arns.length === 0 ? 'none' : arns,
    organizationTree: false,
  };
}

function noMappings(): Failure {
  return refusal({
    message: 'nothing is mapped',
    help: 'Give --map SELECTOR=GROUP, or a config file with -c (an aws-auth-sso.yaml in the working directory is found by itself).',
  });
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
  options: DesiredOptions,
  source: InventorySource,
  inventory: Inventory,
): Promise<Finding[]> {
  const mandatory = unresolved.filter(({ mapping }) => !mapping.optional && !options.allowUnresolved);
  if (mandatory.length > 0) {
    const known = await setsFor(mandatory, source, inventory);
    throw new Failure(2, explainUnresolved(mandatory, known, inventory, options.inventory !== undefined));
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
