import { refusal } from '../../errors.ts';
import { bindingsOf, boundAdmins, sharedGroups } from '../../mapping/bindings.ts';
import { withoutManifests } from '../../rbac/combine.ts';
import { NEWEST } from '../../rbac/kubernetes-version.ts';
import { type Binding, MANAGED_BY, MANAGER } from '../../rbac/model.ts';
import { yamlQuoted } from '../../yaml/quote.ts';
import { defineCommand, outputOption } from '../define-command.ts';
import { renderLongJson } from '../format/json.ts';
import { loadMappings } from '../load-request.ts';
import type { ShellOptions } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';

interface BindingsOptions extends ShellOptions {
  readonly config?: string;
  readonly output: 'yaml' | 'json';
}

export const bindingsCommand = defineCommand(
  'bindings',
  {},
  (command) =>
    command
      .option('-c, --config <file>', 'config file with mappings (default: ./aws-auth-sso.yaml)')
      .addOption(outputOption('yaml', 'json')),
  bindings,
);

async function bindings(options: BindingsOptions, shell: Shell): Promise<Outcome> {
  const mappings = await loadMappings(options, shell);
  if (!mappings) throw refusal({ message: 'no config given', help: NO_CONFIG });
  const bound = bindingsOf(mappings);
  if (bound.length === 0) throw refusal({ message: 'no mapping in the config has `bind`', help: NO_BIND });
  shell.report([...sharedGroups(mappings), ...boundAdmins(bound, await withoutManifests(NEWEST))]);
  const manifests = bound.map(manifestOf);
  if (options.output === 'yaml') return { stdout: manifests.map(yamlOf).join('---\n') };
  return { stdout: renderLongJson({ apiVersion: 'v1', kind: 'List', items: manifests }) };
}

const EXAMPLE = '`bind: [{role: edit, namespaces: [payments]}]`';
const NO_CONFIG = `Pass one with -c (default: ./aws-auth-sso.yaml). A mapping binds its groups with ${EXAMPLE}.`;
// Empty output would be an error of kubectl apply, which then prunes nothing.
const NO_BIND = `Add it to a mapping, such as ${EXAMPLE}.\nTo delete the bindings of all configs: kubectl delete rolebindings,clusterrolebindings -A -l ${MANAGED_BY}=${MANAGER}`;

const API_GROUP = 'rbac.authorization.k8s.io';

function manifestOf({ kind, name, namespace, roleRef, subjects }: Binding) {
  return {
    apiVersion: `${API_GROUP}/v1`,
    kind,
    metadata: {
      name,
      ...(namespace === null ? {} : { namespace }),
      labels: { [MANAGED_BY]: MANAGER },
    },
    roleRef: { apiGroup: API_GROUP, kind: roleRef.kind, name: roleRef.name },
    subjects: subjects.map((subject) => ({ apiGroup: API_GROUP, kind: subject.kind, name: subject.name })),
  };
}

function yamlOf({ apiVersion, kind, metadata, roleRef, subjects }: ReturnType<typeof manifestOf>): string {
  const lines = [
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    'metadata:',
    `  name: ${yamlQuoted(metadata.name)}`,
    ...(metadata.namespace === undefined ? [] : [`  namespace: ${yamlQuoted(metadata.namespace)}`]),
    '  labels:',
    `    ${MANAGED_BY}: ${MANAGER}`,
    'roleRef:',
    `  apiGroup: ${roleRef.apiGroup}`,
    `  kind: ${roleRef.kind}`,
    `  name: ${yamlQuoted(roleRef.name)}`,
    'subjects:',
    ...subjects.flatMap((subject) => [
      `  - apiGroup: ${subject.apiGroup}`,
      `    kind: ${subject.kind}`,
      `    name: ${yamlQuoted(subject.name)}`,
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
