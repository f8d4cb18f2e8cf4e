import { deploy } from './deployments.js';
import { PlatformLab, waitUntil } from './platform-lab.js';
import { shapeName } from './platform-shape.js';
import { SpanReceiver, type ReceivedSpan } from './span-receiver.js';

/** Spans come about once a second from every process. */
const SPANS_LIMIT_MS = 180_000;
const QUESTION = 'xyzzy-what-nobody-else-may-read';

/** By service and name, what one trace is made of from somebody's wish to the first request served. */
const STEPS: readonly (readonly [service: string, name: RegExp])[] = [
  ['slipway-gateway', /^POST \/graphql$/],
  ['slipway-gateway', /^graphql registry$/],
  ['slipway-registry', /^POST \/graphql$/],
  ['slipway-registry', /^mutation/],
  ['slipway-registry', /^append deployment$/],
  ['slipway-relay', /^publish slipway\.facts$/],
  ['slipway-orchestrator', /^process slipway\.facts$/],
  ['slipway-orchestrator', /^fleet takes /],
  ['slipway-orchestrator', /^append process$/],
  ['slipway-orchestrator', /^fleet performs sendReplica$/],
  ['slipway-orchestrator', /^append replica$/],
  ['slipway-orchestrator', /^replica\.launch$/],
  ['slipway-proxy', /^first request served$/],
];

const title = 'tracing of a cluster with its log on Postgres';
(shapeName() === 'cluster-postgres' ? describe : describe.skip)(shapeName() === 'cluster-postgres' ? title : `${title} (skipped: this is the shape ${shapeName()})`, () => {
  it('follows a mutation through log, bus, orchestrator and launch to the first request served, in one trace that tells nothing secret', async () => {
    await using receiver = new SpanReceiver();
    await using lab = await PlatformLab.create();
    lab.moreSettings = { SLIPWAY_TELEMETRY: 'on', OTEL_EXPORTER_OTLP_ENDPOINT: await receiver.listen() };
    await lab.start();
    const { token } = await deploy(lab, 'traced', 1, 'mock');
    const answer = await fetch(`${lab.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'traced', messages: [{ role: 'user', content: QUESTION }] }),
    });
    const answered = await answer.text();
    expect(answer.status).toBe(200);

    const trace = (): readonly ReceivedSpan[] => receiver.ofTrace(receiver.named('first request served')?.traceId ?? '');
    const missing = () => STEPS.filter(([service, name]) => !trace().some((span) => span.service === service && name.test(span.name))).map(String);
    await waitUntil(() => missing().length === 0, SPANS_LIMIT_MS, () => `without ${missing().join('; ')}:\n${treeOf(trace())}\nall:\n${namesOf(receiver.spans)}`);

    const last = trace().find(({ name }) => name === 'first request served') as ReceivedSpan;
    const line = receiver.lineOf(last).map(({ service, name }) => `${service} ${name}`);
    expect(line.at(-1)).toBe('slipway-gateway POST /graphql');
    expect(line).toEqual(expect.arrayContaining(['slipway-orchestrator replica.launch', 'slipway-registry append deployment']));
    const request = receiver.named('chat traced');
    expect(last.links).toEqual([expect.objectContaining({ traceId: request?.traceId, spanId: request?.spanId })]);

    expect(await lab.interrupt()).toBe(0); // the last spans are sent before the processes end
    const written = answered.match(/"content":"([^"]{8,})"/)?.[1];
    for (const secret of [token, lab.adminToken, QUESTION, ...(written === undefined ? [] : [written])]) expect(receiver.text).not.toContain(secret);
    if (process.env['SLIPWAY_E2E_SHOW'] === 'trace') process.stdout.write(`${treeOf(trace())}\n`);
  });
});

const namesOf = (spans: readonly ReceivedSpan[]): string => [...new Set(spans.map(({ service, name }) => `${service} ${name}`))].join('\n');

function treeOf(spans: readonly ReceivedSpan[], parent: ReceivedSpan | null = null, indent = ''): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = spans.filter(({ parentSpanId }) => (parent === null ? parentSpanId === undefined || !known.has(parentSpanId) : parentSpanId === parent.spanId));
  return children.map((span) => `${indent}${span.service} ${span.name}\n${treeOf(spans, span, `${indent}  `)}`).join('');
}
