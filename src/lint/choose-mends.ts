import type { FixKind, LintFinding, Mend } from './rule.ts';

/** A finding that can be mended. */
export type Mendable = LintFinding & { readonly mend: Mend };

/**
 * Those that can be mended at once: no two of them change the same place or lead to the same ARN. Entries are removed once nothing
 * else is left, so that lines keep their numbers as long as they can.
 */
export function chooseMends(findings: readonly LintFinding[], access: boolean): Mendable[] {
  const allowed = findings.filter((finding): finding is Mendable => isAllowed(finding, access));
  const changes = withoutRivals(allowed.filter(({ mend }) => mend.kind !== 'remove'));
  return changes.length > 0 ? changes : allowed.filter(({ mend }) => mend.kind === 'remove');
}

function isAllowed({ mend, fix }: LintFinding, access: boolean): boolean {
  const kinds: readonly FixKind[] = access ? ['safe', 'access'] : ['safe'];
  return mend !== null && kinds.includes(fix);
}

/** Of two for one place the first stays; of two that lead to one ARN none, since nobody can tell which was meant. */
function withoutRivals(findings: readonly Mendable[]): Mendable[] {
  const places = new Set<string>();
  const counts = new Map<string, number>();
  const chosen = findings.filter(({ mend }) => {
    const place = placeOf(mend);
    if (places.has(place)) return false;
    places.add(place);
    const arn = arnOf(mend);
    if (arn !== undefined) counts.set(arn, (counts.get(arn) ?? 0) + 1);
    return true;
  });
  return chosen.filter(({ mend }) => (counts.get(arnOf(mend) ?? '') ?? 0) < 2);
}

function placeOf(mend: Mend): string {
  if (mend.kind === 'key') return `key ${mend.key}`;
  return mend.kind === 'remove' ? `${mend.map} ${mend.index}` : `${mend.map} ${mend.edit.start}`;
}

function arnOf(mend: Mend): string | undefined {
  return mend.kind === 'edit' ? mend.effect.arn?.toLowerCase() : undefined;
}
