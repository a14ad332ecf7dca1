import { type Finding, note, warning } from '../errors.ts';
import { type Binding, manifestId, manifestName, roleText } from '../rbac/model.ts';
import { listed, printable, shellWord } from '../text.ts';

/** The bindings that differ between a config and a cluster; a changed binding is in both lists. */
export interface BindingDifferences {
  /** Wanted, but not there. */
  readonly missing: readonly Binding[];
  /** There with the label of `aws-auth-sso bindings`, but not wanted. */
  readonly extra: readonly Binding[];
  /** The number of wanted bindings that are there. */
  readonly unchanged: number;
  /** Bindings without the label that have the name of a missing one, but another role, which can't be changed. */
  readonly inTheWay: readonly Binding[];
  /** Bindings without the label that grant what a wanted one does. */
  readonly unmanaged: readonly Binding[];
}

export function bindingDifferences(
  wanted: readonly Binding[],
  there: readonly Binding[],
): BindingDifferences {
  const keysOf = (bindings: readonly Binding[]) => new Set(bindings.map(contentOf));
  const [wantedKeys, thereKeys] = [keysOf(wanted), keysOf(there)];
  const missing = wanted.filter((binding) => !thereKeys.has(contentOf(binding)));
  const [managed, others] = [
    there.filter(({ isManaged }) => isManaged),
    there.filter(({ isManaged }) => !isManaged),
  ];
  const [ids, corrected] = [new Set(missing.map(manifestId)), new Set(missing.map(roleKeyOf))];
  const grants = new Set(wanted.flatMap(grantsOf));
  return {
    missing,
    unchanged: wanted.length - missing.length,
    extra: managed.filter((binding) => !wantedKeys.has(contentOf(binding))),
    inTheWay: others.filter((one) => ids.has(manifestId(one)) && !corrected.has(roleKeyOf(one))),
    unmanaged: others.filter((one) => grantsOf(one).some((grant) => grants.has(grant))),
  };
}

/** Equal for two bindings if applying one corrects the other: it can change subjects, but no roleRef. */
function roleKeyOf(binding: Binding): string {
  return `${manifestId(binding)} ${roleText(binding.roleRef)}`;
}

function grantsOf({ kind, namespace, roleRef, subjects }: Binding): string[] {
  return subjects.map((one) =>
    JSON.stringify([kind, namespace, roleRef.kind, roleRef.name, one.kind, one.name]),
  );
}

function contentOf(binding: Binding): string {
  const { roleRef, subjects } = binding;
  const names = subjects.map(({ kind, name, namespace }) => [kind, name, namespace]);
  return JSON.stringify([manifestId(binding), roleRef.kind, roleRef.name, names]);
}

/** Warnings about differences, with the next step. */
export function bindingFindings({ missing, extra, inTheWay, unmanaged }: BindingDifferences): Finding[] {
  const corrected = new Set(missing.map(roleKeyOf));
  const deleted = extra.filter((binding) => !corrected.has(roleKeyOf(binding)));
  return [
    ...(missing.length === 0
      ? []
      : [
          warning(
            'missing-binding',
            `bindings of the config are missing from the cluster, or were changed: ${namesOf(missing)}`,
            { help: [...inTheWay.slice(0, MOST_SHOWN).map(deletion), APPLY].join('\n') },
          ),
        ]),
    ...(extra.length === 0
      ? []
      : [
          warning(
            'extra-binding',
            `bindings with the label of aws-auth-sso aren't in the config, or were changed: ${namesOf(extra)}`,
            {
              help: deleted.slice(0, MOST_SHOWN).map(deletion).join('\n') || APPLY,
            },
          ),
        ]),
    ...(unmanaged.length === 0
      ? []
      : [
          note(
            'unmanaged-binding',
            `bindings without the label of aws-auth-sso grant the same as bindings of the config: ${namesOf(unmanaged)}`,
            { help: UNMANAGED },
          ),
        ]),
  ];
}

// Applying labels those that have the names of the config's.
const UNMANAGED =
  "They keep granting it when the config no longer does. Apply the config's bindings. Then delete those that this note still names, or remove the group from their subjects.";

const APPLY = 'With the same config: aws-auth-sso bindings | kubectl apply -f -';
const MOST_SHOWN = 10;

function namesOf(bindings: readonly Binding[]): string {
  return listed(bindings.map(manifestName), MOST_SHOWN);
}

function deletion({ kind, name, namespace }: Binding): string {
  // A printed command would show a different name.
  if (printable(name) !== name) return `Delete ${manifestName({ kind, name, namespace })}.`;
  return `kubectl delete ${kind.toLowerCase()} ${shellWord(name)}${namespace === null ? '' : ` -n ${shellWord(namespace)}`}`;
}
