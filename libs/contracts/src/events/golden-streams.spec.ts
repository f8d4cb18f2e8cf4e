import { access, deployment, deploymentStatus, fold, name, replica, revision, rollout, scaling, type Decider } from '@slipway/domain';
import { expectedStateUrl, goldenStreams } from '../testing/golden-streams.js';
import { committedText } from '../testing/generated-file.js';
import { eventCatalogue, parseEvent, serializeEvent, type SlipwayEvent } from './event-catalogue.js';

const DECIDERS = { access, deployment, name, replica, revision, rollout, scaling, status: deploymentStatus } as unknown as Readonly<
  Record<string, Decider<unknown, never, SlipwayEvent, never>>
>;

const parsed = (event: Parameters<typeof parseEvent>[0]): SlipwayEvent => {
  const fact = parseEvent(event);
  if (fact === null) throw new Error(`${event.type} is no fact of the domain`);
  return fact;
};

describe('golden streams', () => {
  it.each(goldenStreams)('$name: folds to its committed state', ({ name: stream, aggregate, events }) => {
    const decider = DECIDERS[aggregate];
    if (decider === undefined) throw new Error(`no decider for ${aggregate}`);
    const state = `${JSON.stringify(fold(decider, events.map(parsed)), null, 2)}\n`;
    expect(state).toBe(committedText(expectedStateUrl(stream), state));
  });

  it.each(goldenStreams)('$name: passes its contract, and is written again as it was read where it is of the newest version', ({ events }) => {
    for (const event of events) {
      const again = serializeEvent(parsed(event));
      expect(again.version).toBeGreaterThanOrEqual(event.version);
      if (again.version === event.version) expect(again).toEqual(event);
    }
  });

  const seen = new Set(goldenStreams.flatMap(({ events }) => events.map(({ type, version }) => `${type} v${version}`)));
  const everyVersion = Object.entries(eventCatalogue).flatMap(([type, { upcasts }]) =>
    Array.from({ length: upcasts.length + 1 }, (_, index) => `${type} v${index + 1}`),
  );

  it.each(everyVersion)('hold an example of %s', (example) => {
    expect(seen).toContain(example);
  });

  it('hold nothing that the catalogue does not know', () => {
    expect([...seen].filter((example) => !everyVersion.includes(example))).toEqual([]);
  });
});
