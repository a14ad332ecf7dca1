import { hexId } from './world/identifier.ts';

/** The caller: the credentials behind an access key ID. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Undefined for a user's own key. */
  readonly token: string | undefined;
  readonly accountId: string;
  readonly arn: string;
}

/** The credentials that the fake has issued, and how many calls they have left. */
export interface Sessions {
  /** The session of a user's key, valid for any account: the key contains the account. */
  readonly find: (accessKeyId: string, token: string | undefined) => Session | undefined;
  readonly open: (accountId: string, arn: string) => Session;
  /** Uses up one call of the credentials; false once they have expired. */
  readonly spend: (session: Session) => boolean;
}

interface Limits {
  readonly userCalls?: number;
  readonly sessionCalls?: number;
}

const USER_KEY = 'AKIAFAKE';

/** The secret of every user's key; no output of the program may contain it. */
export const USER_SECRET = 'fake-secret-access-key';

/** A user's access key ID in the shape of AWS's: 20 characters, the account among them. */
export function userKey(accountId: string): string {
  return `${USER_KEY}${accountId}`;
}

export function openSessions(partition: string, limits: Limits): Sessions {
  const sessions = new Map<string, Session>();
  const spent = new Map<string, number>();
  return {
    find: (accessKeyId, token) => {
      const session = sessions.get(accessKeyId);
      if (session) return session.token === token ? session : undefined;
      return accessKeyId.startsWith(USER_KEY) ? userSession(partition, accessKeyId) : undefined;
    },
    open: (accountId, arn) => {
      const serial = String(sessions.size + 1);
      const session = roleSession(accountId, arn, serial);
      sessions.set(session.accessKeyId, session);
      return session;
    },
    spend: (session) => {
      const limit = session.token === undefined ? limits.userCalls : limits.sessionCalls;
      const calls = (spent.get(session.accessKeyId) ?? 0) + 1;
      spent.set(session.accessKeyId, calls);
      return limit === undefined || calls <= limit;
    },
  };
}

function userSession(partition: string, accessKeyId: string): Session {
  const accountId = accessKeyId.slice(USER_KEY.length);
  const arn = `arn:${partition}:iam::${accountId}:user/engineer`;
  return { accessKeyId, secretAccessKey: USER_SECRET, token: undefined, accountId, arn };
}

function roleSession(accountId: string, arn: string, serial: string): Session {
  const id = hexId(40, accountId, arn, serial);
  return {
    accessKeyId: `ASIA${id.slice(0, 16).toUpperCase()}`,
    secretAccessKey: id,
    token: `token-${id}`,
    accountId,
    arn,
  };
}
