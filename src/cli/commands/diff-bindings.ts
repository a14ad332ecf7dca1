import {
  type BindingDifferences,
  bindingDifferences,
  bindingFindings,
} from '../../change/binding-differences.ts';
import { joinCounts } from '../../change/describe-change.ts';
import { bindingsOf } from '../../mapping/bindings.ts';
import type { Request } from '../../mapping/request.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { type Binding, roleText } from '../../rbac/model.ts';
import type { Shell } from '../shell.ts';

/** Compares the bindings that a config wants with those of a cluster, and reports the differences. */
export function compareBindings({ mappings }: Request, { rbac }: Authorizer, shell: Shell) {
  const differences = bindingDifferences(bindingsOf(mappings), rbac.bindings);
  shell.report(bindingFindings(differences));
  const { missing, extra, unchanged } = differences;
  return {
    isDifferent: missing.length + extra.length > 0,
    /** Continues the summary. */
    counts: `; bindings: ${joinCounts({ missing: missing.length, extra: extra.length, unchanged })}`,
    json: jsonOf(differences),
  };
}

export type ComparedBindings = ReturnType<typeof compareBindings>;

function jsonOf({ missing, extra }: BindingDifferences) {
  return { missing: missing.map(rowOf), extra: extra.map(rowOf) };
}

function rowOf({ kind, name, namespace, roleRef, subjects }: Binding) {
  return { binding: `${kind}/${name}`, namespace, role: roleText(roleRef), subjects };
}
