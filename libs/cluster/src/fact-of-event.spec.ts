import type { RecordedEvent } from '@slipway/event-log';
import { factOf, liveFactOf } from './fact-of-event.js';

const event: RecordedEvent = {
  id: 'e1',
  type: 'Happened',
  version: 2,
  data: { text: 'x'.repeat(1_000) },
  metadata: { actor: 'me' },
  streamId: 'deployment-1',
  revision: 4,
  position: 17,
  recordedAtMs: 1_700_000_000_000,
};

describe('an event on the bus', () => {
  it('comes back as it was, with its predecessor', () => {
    expect(liveFactOf(factOf(event, 12))).toEqual({ event, previousPosition: 12, sizeBytes: expect.any(Number) });
  });

  it('is counted with the size of its data, text or bytes', () => {
    expect(liveFactOf(factOf(event, 0)).sizeBytes).toBeGreaterThan(1_000);
    expect(liveFactOf(factOf({ ...event, data: new Uint8Array(5_000) }, 0)).sizeBytes).toBeGreaterThan(5_000);
  });
});
