import type { LoadError } from '../authenticator/loaded.ts';

export type LostField = 'arn' | 'username' | 'groups' | 'group' | 'userid' | 'sso' | 'sso.accountID';

const FIELD = /^(?:(rolearn|userarn)|(a group)|(sso\.accountID)|(username|groups|userid|sso)[. ])/;

/** The field that a loss is of; undefined where a whole item or key is lost. */
export function lostFieldOf({ loss, message }: LoadError): LostField | undefined {
  if (loss !== 'field') return undefined;
  const [, arn, group, account, other] = FIELD.exec(message) ?? [];
  if (arn) return 'arn';
  if (group) return 'group';
  if (account) return 'sso.accountID';
  return other === 'username' || other === 'groups' || other === 'userid' || other === 'sso'
    ? other
    : undefined;
}
