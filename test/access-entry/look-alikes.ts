import fc from 'fast-check';

/** Every character that the name of a permission set can have. */
const CHARACTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-'];
const SUFFIX = '0123456789abcdef';

interface Names {
  readonly permissionSet: string;
  readonly roleName: string;
  /** Names that a pattern that is a little too wide would match. */
  readonly lookAlikes: readonly string[];
}

/** Names of permission sets that together have every character, and some that regular expressions give a meaning. */
export function permissionSetNames(count: number): readonly Names[] {
  const name = fc.oneof(
    fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength: 32 }),
    fc.string({ unit: fc.constantFrom(...'aA.+_-'), minLength: 1, maxLength: 6 }),
  );
  const sampled = fc.sample(name, { numRuns: 2 * count, seed: 39 });
  const names = [
    ...new Set([...CHARACTERS, '.*', '.+', 'a.b+c', 'x'.repeat(32), ...sampled].filter(isPossible)),
  ];
  return names.slice(0, count).map(namesOf);
}

function isPossible(name: string): boolean {
  return /^[\w+=,.@-]{1,32}$/.test(name);
}

function namesOf(permissionSet: string): Names {
  const of = (set: string, suffix = SUFFIX) => `AWSReservedSSO_${set}_${suffix}`;
  const otherCase = permissionSet.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  const others = [
    `${permissionSet}_ReadOnly`,
    `ReadOnly_${permissionSet}`,
    `${permissionSet}${permissionSet}`,
    permissionSet.slice(1),
    otherCase,
    permissionSet.replaceAll('.', 'x'),
    permissionSet.replaceAll('+', ''),
    permissionSet.replaceAll('+', '++'),
    `${permissionSet}_${SUFFIX}`,
  ].filter((other) => other !== permissionSet);
  const names = [
    ...others.map((other) => of(other)),
    of(permissionSet, SUFFIX.toUpperCase()),
    of(permissionSet, `${SUFFIX}0`),
    of(permissionSet, SUFFIX.slice(1)),
    of(permissionSet, `${SUFFIX.slice(1)}g`),
    `x${of(permissionSet)}`,
    `${of(permissionSet)}\n`,
  ];
  return { permissionSet, roleName: of(permissionSet), lookAlikes: [...new Set(names)] };
}
