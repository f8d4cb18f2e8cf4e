import { accept, reject, type Decider } from '../decider.js';

/** The data-plane tokens of one deployment. Only hashes are ever recorded; the token itself is shown once, at the edge. */
export type AccessCommand =
  | {
      readonly type: 'CreateAccessToken';
      readonly tokenId: string;
      readonly deploymentId: string;
      readonly name: string | null;
      /** Lower-case hex SHA-256 of the token. */
      readonly hash: string;
      /** The first characters, so that people can tell tokens apart. */
      readonly prefix: string;
      readonly createdBy: string;
      readonly expiresAtMs: number | null;
      readonly mayPinRevisions: boolean;
      readonly atMs: number;
    }
  | { readonly type: 'DeleteAccessToken'; readonly tokenId: string; readonly atMs: number };

export type AccessEvent =
  | {
      readonly type: 'AccessTokenCreated';
      readonly tokenId: string;
      readonly deploymentId: string;
      readonly name: string | null;
      readonly hash: string;
      readonly prefix: string;
      readonly createdBy: string;
      readonly expiresAtMs: number | null;
      /** Its holder may say which revision serves a request, whatever the weights. */
      readonly mayPinRevisions: boolean;
      readonly atMs: number;
    }
  | { readonly type: 'AccessTokenDeleted'; readonly tokenId: string; readonly deploymentId: string; readonly atMs: number };

export type AccessRejection =
  | { readonly type: 'NoSuchToken'; readonly tokenId: string }
  | { readonly type: 'TokenAlreadyExpired'; readonly expiresAtMs: number }
  | { readonly type: 'TooManyTokens'; readonly tokensMax: number };

/** Living tokens of one deployment; a proxy holds them all in memory. */
export const ACCESS_TOKENS_MAX = 1000;

type TokenState = { readonly deploymentId: string; readonly deleted: boolean };
export type AccessState = { readonly tokens: Readonly<Record<string, TokenState>> };

export const access: Decider<AccessState, AccessCommand, AccessEvent, AccessRejection> = {
  initialState: { tokens: {} },

  decide(command, state) {
    // Ids come from outside: "constructor" must not find what every object inherits.
    const known = Object.hasOwn(state.tokens, command.tokenId) ? state.tokens[command.tokenId] : undefined;
    switch (command.type) {
      case 'CreateAccessToken': {
        if (known !== undefined) return accept();
        if (command.expiresAtMs !== null && command.expiresAtMs <= command.atMs)
          return reject({ type: 'TokenAlreadyExpired', expiresAtMs: command.expiresAtMs });
        const living = Object.values(state.tokens).filter((token) => !token.deleted).length;
        if (living >= ACCESS_TOKENS_MAX) return reject({ type: 'TooManyTokens', tokensMax: ACCESS_TOKENS_MAX });
        return accept({ ...command, type: 'AccessTokenCreated' });
      }
      case 'DeleteAccessToken':
        if (known === undefined) return reject({ type: 'NoSuchToken', tokenId: command.tokenId });
        return known.deleted
          ? accept()
          : accept({ type: 'AccessTokenDeleted', tokenId: command.tokenId, deploymentId: known.deploymentId, atMs: command.atMs });
    }
  },

  evolve(state, event) {
    const { tokenId, deploymentId } = event;
    return { tokens: { ...state.tokens, [tokenId]: { deploymentId, deleted: event.type === 'AccessTokenDeleted' } } };
  },
};
