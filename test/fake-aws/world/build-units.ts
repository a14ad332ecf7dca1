import type { AccountInput } from '../world-input.ts';
import { hexId } from './identifier.ts';
import type { WorldUnit } from './world.ts';

interface Units {
  readonly units: readonly WorldUnit[];
  /** The id of the unit with this path, or of the root. */
  readonly parentOf: (path: string) => string;
}

/** Builds the tree of organizational units from the accounts' paths, and further units. */
export function unitsOf(
  rootId: string,
  accounts: readonly AccountInput[],
  emptyUnits: readonly string[],
): Units {
  const units = new Map<string, WorldUnit>();
  const parentOf = (path: string): string => {
    if (path === '') return rootId;
    const known = units.get(path);
    if (known) return known.id;
    const cut = path.lastIndexOf('/');
    const parentId = parentOf(path.slice(0, Math.max(cut, 0)));
    const unit = {
      id: `ou-${rootId.slice(2)}-${hexId(8, 'unit', path)}`,
      name: path.slice(cut + 1),
      parentId,
    };
    units.set(path, unit);
    return unit.id;
  };
  for (const path of [...accounts.map(({ ou = '' }) => ou), ...emptyUnits]) parentOf(path);
  return { units: [...units.values()], parentOf };
}
