/**
 * Secrets that this process has sent or received. A server, or something in its place, may repeat any of them in an
 * error, and the text of the error passes through many layers; keeping the secrets here spares each layer the check.
 */
const secrets = new Set<string>();

/** Shorter values are also ordinary words in messages. */
const SHORTEST = 8;

/** Registers secrets to keep out of all messages from now on. */
export function keepSecret(...values: readonly (string | undefined)[]): void {
  for (const value of values) {
    if (value === undefined || value.length < SHORTEST || secrets.has(value)) continue;
    secrets.add(value);
    secrets.add(encodeURIComponent(value));
  }
}

/** The text without registered secrets, or anything that looks like a secret. */
export function redact(text: string): string {
  let clean = text;
  // One secret can contain another: replacing the shorter first would leave the rest.
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  for (const secret of longestFirst) clean = clean.replaceAll(secret, '…');
  return clean
    .replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, '$1…')
    .replace(/\beyJ[\w-]+\.[\w.-]+/g, 'eyJ…')
    .replace(/(x-amz-security-token|authorization|signature)(\s*[:=]\s*)\S+/gi, '$1$2…')
    .replace(/\b(IQoJ|FwoG|FQoG|AgoJ)[\w+/=%-]{12,}/g, '$1…')
    .replace(/[\w+/%-]{200,}={0,2}/g, '…');
}
