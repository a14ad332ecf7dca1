/** The kinds of input that a command line names, how to recognize a file of one, and how to pass it. */
const KINDS = {
  page: {
    name: 'a page of `who -o html`',
    pattern: /^\s*<!doctype html/i,
    help: 'Pass a page with --since.',
  },
  snapshot: {
    name: 'a snapshot',
    pattern: /^\s*\{[\s\S]*?"capturedAt"/,
    help: 'Pass a snapshot with --inventory.',
  },
  rbac: {
    name: 'an RBAC manifest',
    pattern: /\bkind"?\s*:\s*"?(?:Cluster)?Role(?:Binding)?(?:List)?\b/,
    help: 'Pass RBAC manifests with --rbac.',
  },
  awsAuth: {
    name: 'an aws-auth ConfigMap',
    pattern: /\bkind"?\s*:\s*"?(?:ConfigMap|List)\b|^[ -]*rolearn:/m,
    help: 'Pass the ConfigMap as FILE. `aws-auth-sso init --from FILE` proposes a config from it.',
  },
  config: {
    name: 'a config',
    pattern: /^(?:accounts|mappings|nodeRoles|otherEntries)\s*:/m,
    help: 'Pass a config with -c.',
  },
} as const;

/**
 * Recognizes a file that was passed as if it were of another kind.
 * @returns what it is, and the option for it; undefined if it looks like none of them, or like the wanted kind
 */
export function otherKind(
  source: string,
  wanted: keyof typeof KINDS,
): { readonly message: string; readonly help: string } | undefined {
  const found = Object.values(KINDS).find(({ pattern }) => pattern.test(source));
  if (!found || found === KINDS[wanted]) return undefined;
  return { message: `this is ${found.name}, not ${KINDS[wanted].name}`, help: found.help };
}
