import { Command } from 'commander';
import { type AwsAuthDocument, readWithProblems } from '../../configmap/document.ts';
import { type Finding, refusal } from '../../errors.ts';
import { inputName, readText } from '../../io.ts';
import type { LintOptions } from '../../lint/context.ts';
import type { FixResult } from '../../lint/fix.ts';
import { lint, MAX_OF_A_RULE, truncatedRules } from '../../lint/lint.ts';
import type { LintFinding } from '../../lint/rule.ts';
import { RULES } from '../../lint/rules/index.ts';
import { didYouMean, quoted } from '../../text.ts';
import { renderJson } from '../format/json.ts';
import { renderTable } from '../format/table.ts';
import {
  addConfigOption,
  addFileArgument,
  addInventoryOptions,
  addRbacOption,
  addShellOptions,
  type CommonOptions,
  maxAgeOption,
  outputOption,
  parseDuration,
  type RbacOptions,
  repeated,
  type ScopeOptions,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';
import { type CheckFormat, countOf, renderFindings } from './check-output.ts';

interface CheckOptions extends CommonOptions, RbacOptions {
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
  const command = addFileArgument(new Command('check'))
    .addOption(outputOption('text', 'json', 'github'))
    .option(
      '--fix',
      'fix problems without changing access; the ConfigMap goes to stdout, the findings to stderr',
    )
    .option('--fix-access', 'also fix entries that currently grant no access')
    .option('--write', 'edit the file in place; stdout stays empty')
    .option('--ignore <rule>', 'ignore this rule; repeatable', repeated)
    .option('--list-rules', 'list the rules')
    .option('--aws', 'look up in AWS whether the roles exist')
    .addOption(maxAgeOption('fix no role suffix from a snapshot older than this'));
  return addShellOptions(addInventoryOptions(addConfigOption(addRbacOption(command)))).action(
    (file: string, options: CheckOptions) => run(options, (shell) => check(file, options, shell)),
  );
}

async function check(file: string, options: CheckOptions, shell: Shell): Promise<Outcome> {
  requireConsistent(options);
  if (options.listRules) return { stdout: await renderRules(options.output) };
  if (options.write) await (await import('../replace-file.ts')).requireReplaceable(shell.io, file);
  const document = readWithProblems(await readText(shell.io, file), inputName(file));
  // Stdin comes from kubectl get, a file is kept.
  const live = file === '-';
  const rbac = await rbacOf(file, options, shell);
  const lintOptions = { ...(await lintOptionsOf(document, options, shell)), ...rbac, live };
  if (options.fix || options.fixAccess) return checkAndFix(file, document, lintOptions, options, shell);
  const all = lint(document, lintOptions);
  reportTruncated(file, all, shell);
  const findings = shownOf(all, options);
  const { stdout } = shell.io;
  const view = { color: shell.colorOn(stdout), columns: stdout.isTTY ? stdout.columns : undefined };
  return {
    stdout: await renderFindings(findings, document.source, options.output, view),
    summary: summaryOf(file, findings),
    ...exitCodeOf(findings),
  };
}

/** `--quiet` hides notes. */
function shownOf(findings: readonly LintFinding[], { quiet }: CheckOptions): readonly LintFinding[] {
  return quiet ? findings.filter(({ severity }) => severity !== 'note') : findings;
}

function reportTruncated(file: string, findings: readonly LintFinding[], shell: Shell): void {
  const rules = truncatedRules(findings);
  if (rules.length === 0) return;
  const message = `${inputName(file)}: at most ${MAX_OF_A_RULE} findings of a rule are listed: ${rules.join(', ')}`;
  shell.report([{ severity: 'warning', code: 'truncated', message }]);
}

async function checkAndFix(
  file: string,
  document: AwsAuthDocument,
  lintOptions: LintOptions,
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const { describeFix, describeFixDecision, fix } = await import('../../lint/fix.ts');
  const result = fix(document, { ...lintOptions, access: options.fixAccess ?? false });
  for (const decision of result.decisions) shell.debug(describeFixDecision(decision));
  reportFixed(result, describeFix, shell);
  const remaining = shownOf(result.remaining, options);
  await reportRemaining(remaining, result.text, options.output, shell);
  const end = { summary: summaryOf(file, remaining), ...exitCodeOf(remaining) };
  if (!options.write) return { stdout: result.text, ...end };
  const replacement = { name: file, before: document.source, after: result.text };
  return { stdout: '', ...(result.changed ? { replacement } : {}), ...end };
}

function reportFixed(
  { fixed, effective }: FixResult,
  describe: (finding: FixResult['fixed'][number]) => string,
  shell: Shell,
): void {
  shell.report([
    ...fixed.map((finding): Finding => {
      const { code, location } = finding;
      return { severity: 'note', code, message: `fixed: ${describe(finding)} [${code}]`, location };
    }),
    ...effective.map((message): Finding => ({ severity: 'note', code: 'now-effective', message })),
  ]);
}

/** The findings that remain go to stderr; as text, they look like any other message. */
async function reportRemaining(
  remaining: readonly LintFinding[],
  text: string,
  format: CheckFormat,
  shell: Shell,
): Promise<void> {
  if (format === 'text')
    shell.report(
      remaining.map((finding) => ({ ...finding, message: `${finding.message} [${finding.code}]` })),
    );
  else shell.io.stderr.write(await renderFindings(remaining, text, format));
}

function summaryOf(file: string, findings: readonly LintFinding[]): readonly Finding[] {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = countOf(findings, severity);
    return severity === 'note' && count === 0 ? [] : `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  const message = findings.length === 0 ? 'no problems found' : counts.join(', ');
  return [{ severity: 'note', code: 'summary', message: `${inputName(file)}: ${message}` }];
}

function exitCodeOf(findings: readonly LintFinding[]): Pick<Outcome, 'exitCode'> {
  return { exitCode: countOf(findings, 'error') > 0 ? 1 : 0 };
}

async function rbacOf(file: string, options: CheckOptions, shell: Shell): Promise<Pick<LintOptions, 'rbac'>> {
  if (!options.rbac) return {};
  const { readRbac } = await import('../rbac-source.ts');
  const rbac = await readRbac(options, [file], shell);
  return rbac ? { rbac } : {};
}

async function lintOptionsOf(
  document: AwsAuthDocument,
  options: CheckOptions,
  shell: Shell,
): Promise<LintOptions> {
  const maxAge = parseDuration(options.maxAge);
  const ignore = options.ignore ?? [];
  if (!options.aws && !options.inventory) return { ignore };
  const { readFileInventory } = await import('../file-inventory.ts');
  const known = await readFileInventory(arnsOf(document), options, shell);
  if (!known) return { ignore };
  const { inventory, accountIds, account } = known;
  const rotate = Date.now() - Date.parse(inventory.capturedAt) <= maxAge;
  return { ignore, inventory, accounts: accountIds, rotate, ...(account === null ? {} : { account }) };
}

/** Everything in the file that looks like an ARN, even if the file is invalid. */
function arnsOf({ configMap, data, source }: AwsAuthDocument): string[] {
  const texts = configMap ? data.map(({ value }) => (value.kind === 'scalar' ? value.text : '')) : [source];
  return texts.flatMap((text) => text.match(/arn:aws[\w-]*:[\w-]+:[^\s"'\\]*/gi) ?? []);
}

function requireConsistent({ aws, inventory, write, ignore = [], ...options }: CheckOptions): void {
  if (aws && inventory)
    throw refusal({ message: '--aws and --inventory exclude each other', help: 'Give one of them.' });
  if (write && !options.fix && !options.fixAccess)
    throw refusal({ message: '--write requires --fix or --fix-access', help: 'Add one of them.' });
  if (!aws && !inventory && isScoped(options)) {
    throw refusal({
      message: 'account options require --aws or --inventory',
      help: 'Add --aws or --inventory FILE, or leave out --account, --ou, --all-accounts and --exclude-account.',
    });
  }
  const names = RULES.map(({ name }) => name);
  for (const name of ignore.filter((one) => !names.includes(one))) {
    const next = didYouMean(name, names) ?? '`aws-auth-sso check --list-rules` lists the rules.';
    throw refusal({ message: `--ignore: unknown rule ${quoted(name)}`, help: next });
  }
}

function isScoped({ account, ou, allAccounts, excludeAccount }: ScopeOptions): boolean {
  return [account, ou, allAccounts, excludeAccount].some((option) => option !== undefined);
}

async function renderRules(format: CheckFormat): Promise<string> {
  if (format === 'json') return renderJson(RULES.map(({ detect: _, ...rule }) => rule));
  return renderTable(
    ['RULE', 'SEVERITY', 'FIX', 'FINDS'],
    RULES.map(({ name, severity, fix: kind, summary }) => [name, severity, kind, summary]),
  );
}
