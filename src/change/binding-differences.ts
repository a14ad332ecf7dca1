import { type Finding, warning } from '../errors.ts';
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
}

export function bindingDifferences(
  wanted: readonly Binding[],
  there: readonly Binding[],
): BindingDifferences {
  const keysOf = (bindings: readonly Binding[]) => new Set(bindings.map(contentOf));
  const [wantedKeys, thereKeys] = [keysOf(wanted), keysOf(there)];
  const missing = wanted.filter((binding) => !thereKeys.has(contentOf(binding)));
  return {
    missing,
    unchanged: wanted.length - missing.length,
    extra: there.filter((binding) => binding.isManaged && !wantedKeys.has(contentOf(binding))),
  };
}

function contentOf(binding: Binding): string {
  const { roleRef, subjects } = binding;
  const names = subjects.map(({ kind, name, namespace }) => [kind, name, namespace]);
  return JSON.stringify([manifestId(binding), roleRef.kind, roleRef.name, names]);
}

/** Warnings about differences, with the next step. */
export function bindingFindings({ missing, extra }: BindingDifferences): Finding[] {
  // Applying corrects subjects, but a roleRef can't be changed.
  const keyOf = (binding: Binding) => `${manifestId(binding)} ${roleText(binding.roleRef)}`;
  const corrected = new Set(missing.map(keyOf));
  const deleted = extra.filter((binding) => !corrected.has(keyOf(binding)));
  return [
    ...(missing.length === 0
      ? []
      : [
          warning(
            'missing-binding',
            `bindings of the config are missing from the cluster, or were changed: ${namesOf(missing)}`,
            {
              help: APPLY,
            },
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
  ];
}

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
