import type { Organizations, Unit } from '../aws/organizations.ts';

/** An organizational unit, or the root, with its place. */
export interface PlacedUnit {
  readonly id: string;
  /** Names from the root down, joined by `/`; empty for the root. */
  readonly path: string;
  /** The ids of the root, of the units above and of this one. */
  readonly ids: readonly string[];
}

/** The organization's units, each asked for once at most. */
export class UnitTree {
  private readonly organizations: Organizations;
  /** The paths of all units that were found so far. */
  readonly seenPaths = new Set<string>();
  private readonly children = new Map<string, Promise<readonly Unit[]>>();
  private rootsPromise: Promise<readonly PlacedUnit[]> | undefined;

  constructor(organizations: Organizations) {
    this.organizations = organizations;
  }

  roots(): Promise<readonly PlacedUnit[]> {
    this.rootsPromise ??= this.organizations.rootIds().then((ids) => ids.map(placedRoot));
    return this.rootsPromise;
  }

  async childrenOf(parent: PlacedUnit): Promise<PlacedUnit[]> {
    const children = this.children.get(parent.id) ?? this.organizations.unitsOf(parent.id);
    this.children.set(parent.id, children);
    const placed = (await children).map((unit) => placedBelow(parent, unit));
    for (const { path } of placed) this.seenPaths.add(path);
    return placed;
  }

  /**
   * The unit and everything below it.
   * @param opens whether to look below a unit; asked before any call
   */
  async below(top: PlacedUnit, opens: (unit: PlacedUnit) => boolean = () => true): Promise<PlacedUnit[]> {
    if (!opens(top)) return [top];
    const children = await this.childrenOf(top);
    const all = await Promise.all(children.map((child) => this.below(child, opens)));
    return [top, ...all.flat()];
  }

  /** The units of a path of names. Names may hold slashes themselves, so there can be several. */
  async atPath(path: string): Promise<PlacedUnit[]> {
    const roots = await this.roots();
    return (await Promise.all(roots.map((root) => this.descend(root, path)))).flat();
  }

  /** The unit of an id, with what stands above it. */
  async ofId(id: string): Promise<PlacedUnit> {
    if (id.startsWith('r-')) return placedRoot(id);
    const [parentId, unit] = await Promise.all([
      this.organizations.parentOf(id),
      this.organizations.unit(id),
    ]);
    return placedBelow(await this.ofId(parentId), unit);
  }

  private async descend(from: PlacedUnit, path: string): Promise<PlacedUnit[]> {
    const children = await this.childrenOf(from);
    const found = children.map(async (child) => {
      if (child.path === path) return [child];
      return path.startsWith(`${child.path}/`) ? this.descend(child, path) : [];
    });
    return (await Promise.all(found)).flat();
  }
}

export function placedRoot(id: string): PlacedUnit {
  return { id, path: '', ids: [id] };
}

function placedBelow(parent: PlacedUnit, { id, name }: Unit): PlacedUnit {
  return { id, path: parent.path === '' ? name : `${parent.path}/${name}`, ids: [...parent.ids, id] };
}
