import { timelineKey, timelineRows } from '../projections/timeline-rows.projection.js';
import { decisionSentence } from './decision-sentence.js';
import { factSentence } from './fact-sentence.js';
import { entityOf, type DeploymentFact, type RecordedDeploymentFact } from './timeline-fact.js';

const of = { deploymentId: 'd', revisionId: 'r2', atMs: 1 };
const context = { actor: 'admin', deploymentId: 'd', streamKey: 'd-3', revisionNumber: (id: string) => (id === 'r2' ? 2 : null) };
const recorded = (event: DeploymentFact, place: Partial<RecordedDeploymentFact> = {}): RecordedDeploymentFact => ({
  type: event.type, event, eventId: 'e', category: 'deployment', streamKey: 'd', revision: 0, position: 7, recordedAtMs: 9, actor: 'admin', causeId: null, correlationId: 'c', ...place,
});

describe('a sentence about a fact', () => {
  it.each<[DeploymentFact, string]>([
    [{ type: 'RevisionActivationRequested', activationId: 'a', revisionId: 'r2', previousRevisionId: null, cause: { kind: 'activate' }, atMs: 1 }, 'Revision 2 asked for by admin'],
    [{ type: 'RevisionActivationRequested', activationId: 'a', revisionId: 'r2', previousRevisionId: null, cause: { kind: 'rollback', toTimeMs: null, expectedHash: null }, atMs: 1 }, 'Revision 2 asked for (rollback) by admin'],
    [{ type: 'RevisionActivated', activationId: 'a', revisionId: '0123456789', atMs: 1 }, 'Revision 01234567 is active'],
    [{ type: 'RoutingChanged', weights: [{ revisionId: 'r2', weightPercent: 33 }], mirror: null, atMs: 1 }, 'Weight of revision 2 set to 33 %'],
    [{ type: 'RoutingChanged', weights: [], mirror: null, atMs: 1 }, 'No revision takes requests'],
    [{ type: 'ReplicaReady', ...of, attempt: 1 }, 'Replica 3 is ready'],
    [{ type: 'ReplicaLaunched', ...of, attempt: 2, endpoint: '', handle: '' }, 'Replica 3 launched (start 2)'],
    [{ type: 'ReplicaExited', ...of, attempt: 1, exitCode: null, signal: 'SIGKILL', lastLines: [], restartAtMs: 0 }, 'Replica 3 exited on SIGKILL'],
    [{ type: 'ReplicaDrained', ...of, forced: true, inFlight: 1 }, 'Replica 3 drained by force, with 1 request in flight'],
    [{ type: 'DeploymentTagsChanged', tags: [], atMs: 1 }, 'Tags set to none by admin'],
    [{ type: 'ReplicasDesired', desiredReplicaCount: 4, atMs: 1 }, 'Desired replicas set to 4 by admin'],
  ])('%j', (event, sentence) => expect(factSentence(event, context)).toBe(sentence));

  it('names nobody where nobody is known, and quotes no more than a line', () => {
    expect(factSentence({ type: 'DeploymentDeletionRequested', atMs: 1 }, { ...context, actor: null })).toBe('Deletion asked for');
    expect(factSentence({ type: 'DeploymentTagsChanged', tags: ['x'.repeat(1000)], atMs: 1 }, context).length).toBeLessThan(200);
  });
});

describe('a sentence about a decision', () => {
  it.each<[readonly unknown[], string]>([
    [[{ type: 'sendReplica', replicaId: 'd-0', command: { type: 'RequestReplica', name: 'tiny-0' } }], 'The fleet process decided to request replica tiny-0'],
    [[{ type: 'confirmActivation' }, { type: 'sendReplica', replicaId: 'd-1', command: { type: 'DrainReplica' } }], 'The fleet process decided to confirm activation, drain replica d-1'],
    [Array<unknown>(7).fill({ type: 'wake' }), 'The fleet process decided to wake, wake, wake, wake, wake and 2 more'],
    [[], 'The fleet process took note'],
    [[null, 3], 'The fleet process took note'],
  ])('%j', (effects, sentence) => expect(decisionSentence('fleet', effects)).toBe(sentence));
});

describe('rows of timelines', () => {
  const token = { type: 'AccessTokenCreated', tokenId: 't', deploymentId: 'd', name: null, hash: 'f'.repeat(64), prefix: 'sk-f', createdBy: 'u', expiresAtMs: null, mayPinRevisions: false, atMs: 1 } as const;

  it('hold no hash of a token and no place of a secret', () => {
    const environ = { OPEN: 'seen', KEY: { secretRef: 'vault/1' } };
    const revision = { type: 'RevisionCreated', revisionId: 'r2', deploymentId: 'd', spec: { modelRuntimeConfig: { environ } }, name: null } as unknown as DeploymentFact;
    const [row, other] = [token, revision].map((event) => timelineRows.apply(null, recorded(event), ''));
    expect(JSON.stringify(row)).not.toContain(token.hash);
    expect(row?.data).toMatchObject({ prefix: 'sk-f' });
    expect(other?.data).toMatchObject({ spec: { modelRuntimeConfig: { environ: { OPEN: 'seen', KEY: '***' } } } });
  });

  it('lie together by deployment, in the order of the log', () => {
    const keys = [9, 10, 9_007_199_254_740_991].map((position) => timelineKey('d', position));
    expect(keys).toEqual(keys.toSorted());
    expect(timelineRows.keys(recorded(token), 'd')).toEqual([timelineKey('d', 7)]);
  });

  it.each<[DeploymentFact, Partial<RecordedDeploymentFact>, string]>([
    [token, { category: 'access' }, 'TOKEN t'],
    [{ type: 'ReplicaStopped', ...of }, { category: 'replica', streamKey: 'd-0' }, 'REPLICA d-0'],
    [{ type: 'RolloutCompleted', ...of, activationId: 'a' }, { category: 'rollout', streamKey: 'a' }, 'ROLLOUT a'],
    [{ type: 'RevisionActivated', activationId: 'a', revisionId: 'r2', atMs: 1 }, {}, 'REVISION r2'],
    [{ type: 'DeploymentDeleted', atMs: 1 }, {}, 'DEPLOYMENT d'],
    [{ type: 'NameReserved', deploymentId: 'd', atMs: 1 }, { category: 'name', streamKey: 'default/tiny' }, 'DEPLOYMENT d'],
  ])('say what they are about: %j', (event, place, entity) => {
    const { kind, id } = entityOf(recorded(event, place));
    expect(`${kind} ${id}`).toBe(entity);
  });
});
