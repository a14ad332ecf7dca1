import {
  type BindingDifferences,
  bindingDifferences,
  bindingFindings,
} from '../../change/binding-differences.ts';
import { joinCounts } from '../../change/describe-change.ts';
import { note } from '../../errors.ts';
import { bindingsOf } from '../../mapping/bindings.ts';
import type { Request } from '../../mapping/request.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { type Binding, roleText } from '../../rbac/model.ts';
import type { Shell } from '../shell.ts';
import type { MergeCommandOptions } from './merge.ts';

/** Compares the bindings that a config wants with those of a cluster, and reports the differences. */
export function compareBindings(
  { mappings }: Request,
  { rbac }: Authorizer,
  { explain }: MergeCommandOptions,
  shell: Shell,
) {
  const differences = bindingDifferences(bindingsOf(mappings), rbac.bindings);
  shell.report(bindingFindings(differences));
  const { unchanged } = differences;
  const [missing, extra] = [differences.missing.length, differences.extra.length];
  const isDifferent = missing + extra > 0;
  const isAny = isDifferent || unchanged > 0;
  if (!isAny && !explain) shell.report([NOTHING]);
  return {
    isDifferent,
    /** Continues the summary; empty if there are no bindings to compare. */
    counts: isAny ? `; bindings: ${joinCounts({ missing, extra, unchanged })}` : '',
    json: jsonOf(differences),
  };
}

const NOTHING = note('no-bind', 'no bindings to compare: no mapping in the config has `bind`');

export type ComparedBindings = ReturnType<typeof compareBindings>;

function jsonOf({ missing, extra }: BindingDifferences) {
  return { missing: missing.map(rowOf), extra: extra.map(rowOf) };
}

function rowOf({ kind, name, namespace, roleRef, subjects }: Binding) {
  return { binding: `${kind}/${name}`, namespace, role: roleText(roleRef), subjects };
}
