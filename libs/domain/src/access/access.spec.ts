import { accept, fold, reject } from '../decider.js';
import { given } from '../given-when-then.js';
import { access, ACCESS_TOKENS_MAX, type AccessCommand, type AccessEvent } from './access.js';

const token = { deploymentId: 'd', name: 'ci', hash: 'a'.repeat(64), prefix: 'sk-abc', createdBy: 'u', expiresAtMs: null, mayPinRevisions: true, atMs: 10 };
const created = (tokenId: string): AccessEvent => ({ type: 'AccessTokenCreated', tokenId, ...token });
const create = (tokenId: string): Extract<AccessCommand, { type: 'CreateAccessToken' }> => ({ type: 'CreateAccessToken', tokenId, ...token });
const remove = (tokenId: string): AccessCommand => ({ type: 'DeleteAccessToken', tokenId, atMs: 20 });
const removed = (tokenId: string): AccessEvent => ({ type: 'AccessTokenDeleted', tokenId, deploymentId: 'd', atMs: 20 });

describe('access tokens (S1.27)', () => {
  it('are recorded with a hash and a prefix, never with the token', () => {
    expect(given(access).when(create('t'))).toEqual(accept(created('t')));
  });

  it('are created once, however often the command arrives', () => {
    expect(given(access, created('t')).when(create('t'))).toEqual(accept());
  });

  it('are not brought back by a late repetition after they were deleted', () => {
    expect(given(access, created('t'), removed('t')).when(create('t'))).toEqual(accept());
  });

  it('are deleted once', () => {
    expect(given(access, created('t')).when(remove('t'))).toEqual(accept(removed('t')));
    expect(given(access, created('t'), removed('t')).when(remove('t'))).toEqual(accept());
  });

  it.each(['unknown', 'constructor', '__proto__', 'toString'])('cannot be deleted under the unknown id %s', (tokenId) => {
    expect(given(access, created('t')).when(remove(tokenId))).toEqual(reject({ type: 'NoSuchToken', tokenId }));
  });

  it.each(['constructor', '__proto__'])('may bear the id %s', (tokenId) => {
    const story = given(access, created(tokenId));
    expect(story.when(create(tokenId))).toEqual(accept());
    expect(story.when(remove(tokenId))).toEqual(accept(removed(tokenId)));
  });

  it('are refused when they would already have expired', () => {
    const late = { ...create('t'), expiresAtMs: 10 };
    expect(given(access).when(late)).toEqual(reject({ type: 'TokenAlreadyExpired', expiresAtMs: 10 }));
    expect(given(access).when({ ...late, expiresAtMs: 11 })).toEqual(accept({ ...created('t'), expiresAtMs: 11 }));
  });

  it('are limited in number, deleted ones not counted', () => {
    const full = fold(access, Array.from({ length: ACCESS_TOKENS_MAX }, (_, index) => created(`t${index}`)));
    expect(access.decide(create('one-more'), full)).toEqual(reject({ type: 'TooManyTokens', tokensMax: ACCESS_TOKENS_MAX }));
    expect(access.decide(create('one-more'), access.evolve(full, removed('t0')))).toEqual(accept(created('one-more')));
  });
});
