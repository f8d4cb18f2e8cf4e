import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { publicGraph } from '@slipway/gateway';
import { autoscalerSchema } from '@slipway/autoscaler';
import { metricsSchema } from '@slipway/metrics';
import { orchestratorSchema } from '@slipway/orchestrator';
import { registrySchema } from '@slipway/registry';
import { processEnvironment } from '../config.js';
import { committedGraph, REGENERATE, REGENERATE_BREAKING } from './committed-graph.js';

const file = new URL('../../../../docs/schema.graphql', import.meta.url);
const sdl = publicGraph([
  { name: 'registry', sdl: registrySchema },
  { name: 'orchestrator', sdl: orchestratorSchema },
  { name: 'metrics', sdl: metricsSchema },
  { name: 'autoscaler', sdl: autoscalerSchema },
]);

describe('the graph clients are offered', () => {
  const { text, wanted, breaks } = committedGraph(file, sdl, processEnvironment());

  it(`breaks no client of the committed one (if it must: ${REGENERATE_BREAKING})`, () => {
    expect(breaks).toEqual([]);
  });

  it(`is the committed one (regenerate with ${REGENERATE})`, () => {
    expect(wanted).toBe(text);
  });

  it('has nothing of how it is put together', () => {
    expect(sdl).not.toMatch(/_entities|_Service|join__|@key|@link/);
    expect(sdl).toContain('type Subscription {');
  });
});

describe('the committed graph', () => {
  const before = 'type Query { a: Int b: Int }';
  const further = 'type Query { a: Int b: Int c: Int }';
  const broken = 'type Query { a: Int }';
  let at: string;
  beforeEach(() => void (at = path.join(mkdtempSync(path.join(tmpdir(), 'slipway-graph-')), 'schema.graphql')));
  afterEach(() => rmSync(path.dirname(at), { recursive: true, force: true }));
  const compared = (next: string, environment: Record<string, string> = {}) => committedGraph(pathToFileURL(at), next, environment);
  const UPDATE = { SLIPWAY_UPDATE_GENERATED: '1' };

  it('is written only when generated files are updated', () => {
    expect(compared(before)).toMatchObject({ text: '', breaks: [] });
    compared(before, UPDATE);
    expect(compared(before).text).toBe(compared(before).wanted);
    expect(compared(further)).toMatchObject({ text: expect.not.stringContaining('c: Int') as string, breaks: [] });
    expect(compared(further, UPDATE).text).toContain('c: Int');
  });

  it('gives way to one that breaks clients only when that is asked for by name', () => {
    compared(before, UPDATE);
    expect(compared(broken, UPDATE)).toMatchObject({ text: expect.stringContaining('b: Int') as string, breaks: ['Query.b was removed.'] });
    expect(readFileSync(at, 'utf8')).toContain('b: Int');
    expect(compared(broken, { ...UPDATE, SLIPWAY_ALLOW_BREAKING_GRAPH: '1' })).toMatchObject({ text: expect.not.stringContaining('b: Int') as string, breaks: [] });
  });
});
