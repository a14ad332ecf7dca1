import { type Failure, refusal } from '../errors.ts';
import type { InventorySource } from '../inventory/query.ts';

import { type Desired, resolveRequest } from '../mapping/desired.ts';
import { withInventorySource } from './inventory-source.ts';
import type { CommonOptions } from './options.ts';
import { loadRequest } from './request.ts';
import type { Shell } from './shell.ts';

/**
 * Resolves options to desired entries and passes them on while their source is still open.
 * @throws Failure where something does not resolve (exit 2) or cannot be read (exit 3)
 */
export async function withDesired<T>(
  options: CommonOptions,
  shell: Shell,
  use: (desired: Desired, source: InventorySource) => T | Promise<T>,
): Promise<T> {
  const { request, config } = await loadRequest(options, shell);
  if (request.mappings.length + request.nodeRoles.length === 0) throw noMappings();
  return withInventorySource(options, config, shell, async (source) =>
    use(await resolveRequest(request, source, options), source),
  );
}

function noMappings(): Failure {
  return refusal({
    message: 'no mappings given',
    help: 'Give --map SELECTOR=GROUP or a config file with -c (aws-auth-sso.yaml in the working directory is used by default).',
  });
}
