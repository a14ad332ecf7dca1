/** An item of mapRoles. */
export interface Item {
  readonly rolearn: string;
  readonly username?: string;
  readonly groups?: readonly string[];
}

/** The text of an aws-auth ConfigMap, as JSON, which is YAML. */
export function awsAuthOf(items: readonly Item[], data: Readonly<Record<string, string>> = {}): string {
  const metadata = { name: 'aws-auth', namespace: 'kube-system' };
  const mapRoles = JSON.stringify(items.map((item) => ({ username: 'sso:{{SessionName}}', ...item })));
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mapRoles, ...data } });
}
