import type { AwsFailure } from '../../aws/failure.ts';
import type { Finding } from '../../errors.ts';
import { costText } from './assignment-plan.ts';

/** Says beforehand what pair by pair costs. */
export function byPairNote(pairs: number, isManagement: boolean): Finding {
  const cost = `${pairs === 1 ? '1 pair' : `${pairs} pairs`} of account and permission set: ${costText(pairs)}`;
  const why =
    isManagement || pairs < 100 ? '' : '; only the management account may ask by user and group instead';
  return note('assignments-by-pair', `who is assigned what is read pair by pair, ${cost}${why}`);
}

/** @param pairs how many calls the other way would have taken */
export function byPrincipalNote(principals: number, pairs: number): Finding {
  const way = `by user and group, ${costText(principals)} instead of ${pairs}`;
  return note(
    'assignments-by-principal',
    `who is assigned what was read ${way}; what deleted users and groups are assigned does not show`,
  );
}

export function deniedNote({ detail }: AwsFailure): Finding {
  return note(
    'assignments-by-principal-denied',
    `assignments cannot be asked for by user and group, so they are read pair by pair: ${detail}`,
  );
}

function note(code: string, message: string): Finding {
  return { severity: 'note', code, message };
}
