import { effectPlace, toRecordedFact } from './recorded-fact.js';

const recorded = { id: 'e', type: 'ReplicaStopped', streamId: 'replica-7f-0', revision: 3, position: 9, recordedAtMs: 5, metadata: {} };
const event = { type: 'ReplicaStopped', deploymentId: '7f', revisionId: 'r', atMs: 4 } as const;

describe('a fact as the log has it', () => {
  it('says where it stands, and nothing of who and why where that is not known', () => {
    expect(toRecordedFact(recorded, event)).toEqual({
      type: 'ReplicaStopped', event, eventId: 'e', category: 'replica', streamKey: '7f-0', revision: 3, position: 9, recordedAtMs: 5, actor: null, causeId: null, correlationId: null,
    });
  });

  it.each([
    [{ causationId: 'f' }, 'f'],
    [{ causationId: 'f', commandId: 'process-fleet-7f/2/0' }, 'f'],
    [{ commandId: 'process-fleet-7f/2/0' }, 'process-fleet-7f/2/0'],
    [{ commandId: 'process-registrar-7f/12/1/confirm' }, 'process-registrar-7f/12/1'],
    [{ commandId: 'observation/1' }, null],
    [{ commandId: 'process-fleet-7f/2' }, null],
  ])('was caused by what %j names', (metadata, causeId) => {
    expect(toRecordedFact({ ...recorded, metadata }, event).causeId).toBe(causeId);
  });

  it('has an effect found by its id', () => {
    expect(effectPlace('process-fleet-7f/2/0')).toEqual({ streamId: 'process-fleet-7f', revision: 2, index: 0 });
    expect(effectPlace('7f/2/0')).toBeNull();
  });
});
