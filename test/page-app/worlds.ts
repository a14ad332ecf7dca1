import type { Inventory } from '../../src/directory/model.ts';
import type { PageData } from '../../src/page/data.ts';
import { type Ran, run } from '../cli/run.ts';
import { snapshotText } from '../directory/build-inventory.ts';
import { Draw } from '../draw.ts';
import { scratch } from '../scratch.ts';
import { worldInventory } from './world-inventory.ts';
import { numbers, PLAIN_NAMES, type WorldNames } from './world-names.ts';
import { awsAuthPaths, mapText, rbacText } from './world-texts.ts';

/** An organization with clusters, as files for the program. */
export interface PageWorld {
  readonly files: Readonly<Record<string, string>>;
  /** Paths of the aws-auth files. */
  readonly awsAuths: readonly string[];
  readonly inventory: Inventory;
  readonly kubernetesGroups: readonly string[];
  readonly namespaces: readonly string[];
}

/**
 * A world with what pages must get right: several clusters with either source or both, people in groups, deleted and
 * unread ones, re-created and missing roles, entries that never match or are overridden, nodes, and clusters that
 * couldn't be read. The same for a seed; names don't change what it is made of.
 */
export function pageWorld(seed: number, names: WorldNames = PLAIN_NAMES): PageWorld {
  const draw = new Draw(seed);
  const { known, arns } = worldInventory(draw, names);
  const paths = awsAuthPaths(known.clusters ?? [], draw, names);
  const ids = known.accounts.map(({ id }) => id);
  const maps = paths.map((path) => [path, mapText(ids, arns, draw, names)] as const);
  return {
    files: {
      'aws.json': snapshotText(known),
      'rbac.yaml': rbacText(draw, names),
      ...Object.fromEntries(maps),
    },
    awsAuths: paths,
    inventory: known,
    kubernetesGroups: numbers(5).map(names.kubernetesGroup),
    namespaces: numbers(4).map(names.namespace),
  };
}

/** Options of a run on a world, without `who` and its output; the same for a seed. */
export function argvOf(world: PageWorld, seed: number): string[] {
  const draw = new Draw(seed);
  return [...INPUTS, ...sourcesOf(world, draw), ...rightsOf(world, draw), ...peopleOf(world, draw)];
}

/** All aws-auth files, clusters, or both. */
function sourcesOf({ inventory: { clusters = [] }, awsAuths }: PageWorld, draw: Draw): readonly string[] {
  const all = ['--cluster', '*'];
  if (awsAuths.length === 0 || draw.percent(20)) return all;
  const named = clusters.flatMap(({ arn }) => ['--cluster', arn]);
  return draw.pick([...awsAuths, ...all], [...awsAuths, ...all], [...awsAuths, ...named], awsAuths);
}

function rightsOf({ namespaces }: PageWorld, draw: Draw): readonly string[] {
  if (draw.percent(35)) return [];
  const rbac = ['--rbac', '*=rbac.yaml'];
  if (draw.percent(55)) return rbac;
  const can = ['--can', draw.pick('get secrets', 'create pods', '* *', 'bind roles')];
  const also = draw.percent(30) ? ['--can', 'list pods'] : [];
  const where = draw.percent(50) ? ['-n', namespaces[0] ?? ''] : [];
  return [...rbac, ...can, ...also, ...where];
}

function peopleOf({ inventory: { principals }, kubernetesGroups }: PageWorld, draw: Draw): readonly string[] {
  const expand = draw.percent(60) ? ['--expand'] : [];
  const user = principals?.find(({ type, name }) => type === 'USER' && name !== null)?.name ?? null;
  const [group = ''] = kubernetesGroups;
  return draw.pick(
    ...([expand, expand, expand, expand] as const),
    ['--kubernetes-group', group, ...expand],
    user === null ? expand : ['--user', user],
  );
}

/** The snapshot of a world. */
export const INPUTS = ['--inventory', 'aws.json', '--skip-unreadable', '*'];

/** Runs `who` on a world, in this process. */
export async function runWho(world: PageWorld, argv: readonly string[]): Promise<Ran> {
  return run(['who', ...argv], { cwd: await scratch(world.files) });
}

/** The data in a page. */
export function pageDataOf(html: string): PageData {
  const start = '<script type="application/json" id="data">';
  const from = html.indexOf(start) + start.length;
  return JSON.parse(html.slice(from, html.indexOf('</script>', from)));
}
