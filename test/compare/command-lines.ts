import type { Run } from './program.ts';

/**
 * Command lines of all commands, with their formats. `a|b` means a line each; CALLER, AWS and KNOWN are placeholders. `TTY` in front
 * means that the streams are terminals.
 */
const LINES = `
view -o table|wide|json
view map.yaml other.yaml -o table|wide|json
TTY view other.yaml -o table|wide
check -o text|json|github
check map.yaml other.yaml KNOWN -o text|json|github
check map.yaml KNOWN --cluster prod --rbac rbac.yaml -o text|json|github
check map.yaml KNOWN --cluster prod --authentication-mode CONFIG_MAP|API_AND_CONFIG_MAP|API -o text|json
check other.yaml KNOWN --account 111122223333 --max-age 9999d --ignore path-in-arn --error stale-role
check KNOWN --cluster prod --cluster dev --rbac rbac.yaml -o text|json
TTY check map.yaml KNOWN --rbac rbac.yaml --quiet
check map.yaml --fix|--fix-access
check map.yaml --fix|--fix-access --diff KNOWN --max-age 9999d --account 111122223333
check map.yaml --fix|--fix-access -o json KNOWN --rbac rbac.yaml
check map.yaml other.yaml --fix|--fix-access --write KNOWN --max-age 9999d --cluster prod
who KNOWN -o table|wide|json|csv
who map.yaml other.yaml KNOWN --expand -o table|wide|json|csv
who map.yaml KNOWN --cluster prod --rbac rbac.yaml -o table|wide|json|csv
who map.yaml KNOWN --cluster dev --rbac rbac.yaml --can 'get secrets' -n payments -o table|wide|json|csv
who map.yaml KNOWN --rbac rbac.yaml --can 'get,list pods' --can '* *' --kubernetes-version 1.32 -o table|json
who KNOWN --cluster prod --cluster dev --rbac rbac.yaml --expand -o table|wide|json|csv
who map.yaml KNOWN --cluster prod --user ada|alice@example.com --expand -o table|json|csv
who map.yaml --inventory aws.json --group Platform -o wide|json
who map.yaml KNOWN --cluster prod --kubernetes-group viewers|system:masters -o table|json
TTY who map.yaml KNOWN --cluster prod --rbac rbac.yaml -o table|wide
explain map.yaml --caller CALLER -o text|json
explain map.yaml --caller CALLER KNOWN --cluster prod -o text|json
explain map.yaml --caller CALLER KNOWN --cluster dev --rbac rbac.yaml -o text|json
explain map.yaml --caller CALLER AWS --rbac rbac.yaml -o text|json
explain map.yaml --caller CALLER KNOWN --cluster prod --can 'get,list pods' -n payments -o text|json
explain map.yaml --user ada KNOWN --cluster dev --rbac rbac.yaml --can 'get secrets' -o text|json
merge map.yaml -c config.yaml AWS --for apply|replace|server-side-apply --allow-unresolved
merge map.yaml -c config.yaml AWS --prune --explain --rbac rbac.yaml --comments --max-age 9999d
merge map.yaml -c config.yaml AWS --prune --allow-lockout --max-age 9999d --allow-unresolved --debug
merge other.yaml --map Admin=system:masters --map 'Dev*=dev,ops' KNOWN --account 111122223333 --allow-unresolved --explain
merge other.yaml -c config.yaml AWS --write --for apply --max-age 9999d --allow-unresolved
diff map.yaml -c config.yaml AWS --all-sets -o diff|json|github
diff map.yaml -c config.yaml AWS --strict --allow-unresolved --max-age 9999d -o diff|json|github
diff map.yaml -c config.yaml AWS --prune --explain --rbac rbac.yaml --allow-unresolved --max-age 9999d -o diff|json|github
diff other.yaml --map user:ada=a --map group:Platform=b KNOWN --all-accounts --all-sets --allow-shared -o diff|json
TTY diff map.yaml -c config.yaml AWS --strict --comments --allow-unresolved
access-entries --from map.yaml KNOWN -o aws-cli|cloudformation|terraform|json
access-entries --from map.yaml KNOWN --nodes --cluster prod --max-age 9999d -o aws-cli|cloudformation|terraform|eksctl|ack|json
access-entries --from other.yaml KNOWN --nodes EC2_WINDOWS --cluster dev --import -o terraform
access-entries -c config.yaml AWS --cluster here --allow-unresolved -o aws-cli|cloudformation|terraform|eksctl|ack|json
access-entries -c config.yaml KNOWN --nodes --cluster prod --allow-unresolved -o aws-cli|cloudformation|terraform|eksctl|ack|json
init --from map.yaml -c -|new.yaml
init --from map.yaml KNOWN -c -|new.yaml
init AWS --all-accounts -c -
generate -c config.yaml AWS --comments -o configmap|maproles|json
generate -c config.yaml AWS --no-nodes --allow-unresolved -o configmap|maproles|json
generate --map Admin=system:masters --map '*=view' --all-accounts KNOWN --node-role arn:aws:iam::111122223333:role/node
roles KNOWN --all-accounts -o table|wide|name|json|csv
roles KNOWN --account 111122223333 --principals --expand -o table|wide|json|csv
roles KNOWN --all-accounts --by permission-set|account --principals -o table|json|csv
roles KNOWN --all-accounts --unassigned --permission-set *e* -o table|json
__complete who|merge|roles|-o|--
`;
const AWS = ['--inventory', 'aws.json', '--skip-unreadable', '*'];
const KNOWN = [...AWS, '--inventory', 'cluster.json'];

/** All command lines with these callers. */
export function commandLines(callers: readonly string[]): Run[] {
  return LINES.trim()
    .split('\n')
    .flatMap((line) => {
      const isTTY = line.startsWith('TTY ');
      const words = (isTTY ? line.slice('TTY '.length) : line).match(/'[^']*'|\S+/g) ?? [];
      return expanded(words, callers).map((argv) => ({ argv, isTTY }));
    });
}

/** A number of items per turn, so that all are used after some turns. */
export function someOf<Item>(items: readonly Item[], count: number, turn: number): readonly Item[] {
  const start = (turn * count) % items.length;
  return count >= items.length ? items : [...items, ...items].slice(start, start + count);
}

/** Every combination of choices. */
function expanded(words: readonly string[], callers: readonly string[]): string[][] {
  let lines: string[][] = [[]];
  for (const word of words) {
    const choices = choicesOf(word, callers);
    lines = lines.flatMap((line) => choices.map((choice) => [...line, ...choice]));
  }
  return lines;
}

function choicesOf(word: string, callers: readonly string[]): readonly (readonly string[])[] {
  if (word === 'AWS') return [AWS];
  if (word === 'KNOWN') return [KNOWN];
  if (word === 'CALLER') return callers.map((caller) => [caller]);
  if (word.startsWith("'")) return [[word.slice(1, -1)]];
  return word.split('|').map((choice) => [choice]);
}
