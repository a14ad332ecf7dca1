import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type AwsAuthDocument, readWithProblems } from '../../configmap/document.ts';
import { type Finding, refusal } from '../../errors.ts';
import { inputName, readText } from '../../io.ts';
import type { LintOptions } from '../../lint/context.ts';
import { describeFixDecision, type FixResult, fix } from '../../lint/fix.ts';
import { lint, MOST_OF_A_RULE, truncatedRules } from '../../lint/lint.ts';
import type { LintFinding } from '../../lint/rule.ts';
import { RULES } from '../../lint/rules/index.ts';
import { didYouMean, quoted } from '../../text.ts';
import {
  addConfigOption,
  addInventoryOptions,
  addScopeOptions,
  addShellOptions,
  type InventoryOptions,
  type MappingOptions,
  repeated,
  type ScopeOptions,
} from '../common-options.ts';
import { parseDuration } from '../duration.ts';
import { readFileInventory } from '../file-inventory.ts';
import { renderJson } from '../format/json.ts';
import { renderTable } from '../format/table.ts';
import { refuseIrreplaceable } from '../replace-file.ts';
import type { Run } from '../run.ts';
import type { Outcome, Shell, ShellOptions } from '../shell.ts';
import { type CheckFormat, countOf, renderFindings } from './check-output.ts';

interface CheckOptions extends MappingOptions, InventoryOptions, ShellOptions {
  readonly output: CheckFormat;
  readonly aws?: boolean;
  readonly fix?: boolean;
  readonly fixAccess?: boolean;
  readonly write?: boolean;
  readonly ignore?: readonly string[];
  readonly listRules?: boolean;
  readonly maxAge: string;
}

export function checkCommand(run: Run): Command {
  const formats = new Option('-o, --output <format>', 'format').choices(['text', 'json', 'github']);
  const command = new Command('check')
    .description('find what is wrong in an aws-auth ConfigMap, and mend what it is told to')
    .argument('[file]', 'aws-auth ConfigMap, or - for stdin', '-')
    .addOption(formats.default('text'))
    .option(
      '--fix',
      'mend what does not change who gets in; the ConfigMap goes to stdout, the findings to stderr',
    )
    .option('--fix-access', 'mend also what brings dead entries to life')
    .option('--write', 'mend the file in place; stdout stays empty')
    .option('--ignore <rule>', 'a rule that stays silent; repeatable', repeated)
    .option('--list-rules', 'list the rules')
    .option('--aws', 'ask AWS whether the roles exist')
    .addOption(new Option('--max-age <duration>', 'no suffix is mended by an older snapshot').default('24h'));
  for (const add of [addConfigOption, addScopeOptions, addInventoryOptions, addShellOptions]) add(command);
  return command.action((file: string, options: CheckOptions) =>
    run(options, (shell) => check(file, options, shell)),
  );
}

async function check(file: string, options: CheckOptions, shell: Shell): Promise<Outcome> {
  requireSense(file, options);
  if (options.listRules) return { stdout: renderRules(options.output) };
  if (options.write) await refuseIrreplaceable(resolve(shell.io.cwd, file), file);
  const document = readWithProblems(await readText(shell.io, file), inputName(file));
  const lintOptions = await {
    ...(await lintOptionsOf(document, options, shell)),
    // A pipe is fed by kubectl get, a file is kept.
    live: file === '-',
  };
  if (options.fix || options.fixAccess) return fixFile(file, document, lintOptions, options, shell);
  const findings = lint(document, lintOptions);
  const { stdout } = shell.io;
  const view = { color: shell.colorOn(stdout), columns: stdout.isTTY ? stdout.columns : undefined };
  return {
    stdout: renderFindings(findings, document.source, options.output, view),
    summary: summaryOf(file, findings),
    ...exitCodeOf(findings),
  };
}

async function fixFile(
  file: string,
  document: AwsAuthDocument,
  lintOptions: LintOptions,
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const result = fix(document, { ...lintOptions, access: options.fixAccess ?? false });
  for (const decision of result.decisions) shell.debug(describeFixDecision(decision));
  reportFixed(result, shell);
  reportRemaining(result, options.output, shell);
  const end = { summary: summaryOf(file, result.remaining), ...exitCodeOf(result.remaining) };
  if (!options.write) return { stdout: result.text, ...end };
  const path = resolve(shell.io.cwd, file);
  const replacement = { path, name: file, before: document.source, after: result.text };
  return { stdout: '', ...(result.changed ? { replacement } : {}), ...end };
}

function reportFixed({ fixed, effective }: FixResult, shell: Shell): void {
  shell.report([
    ...fixed.map(({ code, message, location }): Finding => {
      return { severity: 'note', code, message: `mended: ${message} [${code}]`, location };
    }),
    ...effective.map((message): Finding => ({ severity: 'note', code: 'now-effective', message })),
  ]);
}

/** The findings that remain, on stderr: there, text is like any other message. */
function reportRemaining({ remaining, text }: FixResult, format: CheckFormat, shell: Shell): void {
  if (format === 'text')
    shell.report(
      remaining.map((finding) => ({ ...finding, message: `${finding.message} [${finding.code}]` })),
    );
  else shell.io.stderr.write(renderFindings(remaining, text, format));
}

function summaryOf(file: string, findings: readonly LintFinding[]): readonly Finding[] {
  const counts = (['error', 'warning'] as const).map((severity) => {
    const count = countOf(findings, severity);
    return `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  const message = findings.length === 0 ? 'nothing is wrong' : counts.join(', ');
  const truncated = truncatedRules(findings);
  const limit = `; at most ${MOST_OF_A_RULE} findings of a rule are listed (${truncated.join(', ')})`;
  return [
    {
      severity: 'note',
      code: 'summary',
      message: `${inputName(file)}: ${message}${truncated.length > 0 ? limit : ''}`,
    },
  ];
}

function exitCodeOf(findings: readonly LintFinding[]): Pick<Outcome, 'exitCode'> {
  return { exitCode: countOf(findings, 'error') > 0 ? 1 : 0 };
}

async function lintOptionsOf(
  document: AwsAuthDocument,
  options: CheckOptions,
  shell: Shell,
): Promise<LintOptions> {
  const maxAge = parseDuration(options.maxAge);
  const ignore = options.ignore ?? [];
  if (!options.aws && !options.inventory) return { ignore };
  const known = await readFileInventory(arnsOf(document), options, shell);
  if (!known) return { ignore };
  const { inventory, accountIds, account } = known;
  const rotate = Date.now() - Date.parse(inventory.capturedAt) <= maxAge;
  return { ignore, inventory, accounts: accountIds, rotate, ...(account === null ? {} : { account }) };
}

/** Everything in the file that looks like an ARN, in whatever state the file is. */
function arnsOf({ configMap, data, source }: AwsAuthDocument): string[] {
  const texts = configMap ? data.map(({ value }) => (value.kind === 'scalar' ? value.text : '')) : [source];
  return texts.flatMap((text) => text.match(/arn:aws[\w-]*:[\w-]+:[^\s"'\\]*/gi) ?? []);
}

function requireSense(file: string, { aws, inventory, write, ignore = [], ...options }: CheckOptions): void {
  if (aws && inventory)
    throw refusal({ message: '--aws and --inventory exclude each other', help: 'Give one of them.' });
  if (write && !options.fix && !options.fixAccess) {
    throw refusal({ message: '--write needs something to write', help: 'Add --fix, or --fix-access.' });
  }
  if (write && file === '-') {
    throw refusal({
      message: '--write edits a file in place, and stdin is none',
      help: 'Name the file: aws-auth-sso check --fix --write FILE.',
    });
  }
  if (!aws && !inventory && isScoped(options)) {
    throw refusal({
      message: 'the accounts named matter only where roles are looked up',
      help: 'Add --aws, or --inventory FILE; or leave --account, --ou, --all-accounts and --exclude-account out.',
    });
  }
  const names = RULES.map(({ name }) => name);
  for (const name of ignore.filter((one) => !names.includes(one))) {
    const next = didYouMean(name, names) ?? '`aws-auth-sso check --list-rules` lists them.';
    throw refusal({ message: `--ignore: there is no rule ${quoted(name)}`, help: next });
  }
}

function isScoped({ account, ou, allAccounts, excludeAccount }: ScopeOptions): boolean {
  return [account, ou, allAccounts, excludeAccount].some((option) => option !== undefined);
}

function renderRules(format: CheckFormat): string {
  if (format === 'json') return renderJson(RULES.map(({ detect: _, ...rule }) => rule));
  return renderTable(
    ['RULE', 'SEVERITY', 'FIX', 'WHAT IT FINDS'],
    RULES.map(({ name, severity, fix: kind, summary }) => [name, severity, kind, summary]),
  );
}
