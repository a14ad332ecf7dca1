/**
 * What this process has sent or was given as a secret. A server, or something in its place, may repeat any of it in an error, and the text of that
 * error passes through many hands: so it is known here, once, rather than by each of them.
 */
const secrets = new Set<string>();

/** Shorter ones are words that stand in messages anyway. */
const SHORTEST = 8;

/** Headers that hold a secret by themselves. */
const SECRET_HEADERS =
  /^(x-amz-security-token|x-amz-sso_bearer_token|authorization|x-aws-ec2-metadata-token)$/i;

/** Takes note of secrets, which no message may hold from now on. */
export function keepSecret(...values: readonly (string | undefined)[]): void {
  for (const value of values) {
    if (value === undefined || value.length < SHORTEST || secrets.has(value)) continue;
    secrets.add(value);
    secrets.add(encodeURIComponent(value));
  }
}

/** Takes note of those in the headers of a request. */
export function keepSecretsOf(headers: Readonly<Record<string, string>>): void {
  // A signature is of one request, and of no use afterwards.
  for (const [name, value] of Object.entries(headers))
    if (SECRET_HEADERS.test(name) && !value.startsWith('AWS4-')) keepSecret(value);
}

/** The text without secrets: those that are known, and whatever looks like one. */
export function redact(text: string): string {
  let clean = text;
  // One can be a part of another, whose rest would stay.
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  for (const secret of longestFirst) clean = clean.replaceAll(secret, '…');
  return clean
    .replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}\b/g, '$1…')
    .replace(/\beyJ[\w-]+\.[\w.-]+/g, 'eyJ…')
    .replace(/(x-amz-security-token|authorization|signature)(\s*[:=]\s*)\S+/gi, '$1$2…')
    .replace(/\b(IQoJ|FwoG|FQoG|AgoJ)[\w+/=%-]{12,}/g, '$1…')
    .replace(/[\w+/%-]{200,}={0,2}/g, '…');
}
