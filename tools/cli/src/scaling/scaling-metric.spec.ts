import { InvalidArgumentError } from 'commander';
import { buildSchema, GraphQLFloat, isObjectType } from 'graphql';
import { composedGraph } from '../fixtures/composed-graph.js';
import { metricGiven, SCALING_METRICS } from './scaling-metric.js';

const refusalOf = (text: string): string => {
  try {
    return `taken as ${metricGiven(text)}`;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message;
    throw error;
  }
};

describe('a metric', () => {
  it('is any figure of a replica that the graph has, and no other', async () => {
    const type = buildSchema(await composedGraph(), { assumeValidSDL: true }).getType('ReplicaMetric');
    const figures = isObjectType(type) ? Object.values(type.getFields()).filter((field) => field.type === GraphQLFloat) : [];
    expect([...SCALING_METRICS].sort()).toEqual(figures.map(({ name }) => name).sort());
  });

  it.each(['inFlight', 'inflight', 'in-flight', 'IN_FLIGHT'])('is understood as %s', (text) => expect(metricGiven(text)).toBe('inFlight'));

  it.each([
    ['inFlite', 'Did you mean inFlight?'],
    ['kvCacheUse', 'Did you mean kvCacheUsage?'],
    ['request per sec', 'Did you mean requestsPerSecond?'],
    ['latency', 'Did you mean one of latencyP50Ms, latencyP95Ms, latencyP99Ms?'],
    ['weather', 'These are: inFlight, requestsPerSecond, '],
    ['', 'These are: inFlight, '],
  ])('%j is none: what was meant is told', (text, told) => expect(refusalOf(text)).toContain(told));
});
