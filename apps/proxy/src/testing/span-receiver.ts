import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTelemetry } from '@slipway/service/process';

type Attribute = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };
type SentSpan = {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
};
type Sent = { readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[] }[] };

export type ReceivedSpan = Omit<SentSpan, 'attributes' | 'links'> & {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: NonNullable<SentSpan['links']>;
};

/** Traces what is done, and tells what a collector was sent of it, as it came and span by span. */
export async function spansOf(work: () => Promise<void>): Promise<{ readonly spans: readonly ReceivedSpan[]; readonly text: string }> {
  let text = '';
  const spans: ReceivedSpan[] = [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      text += body;
      for (const { scopeSpans } of (JSON.parse(body) as Sent).resourceSpans)
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ ...span, attributes: asRecord(span.attributes), links: span.links ?? [] });
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const otlpEndpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const telemetry = await startTelemetry({ serviceName: 'proxy', instance: 'test', enabled: true, otlpEndpoint });
  try {
    await work();
  } finally {
    await telemetry.close();
    collector.closeAllConnections();
    await new Promise((resolve) => collector.close(resolve));
  }
  return { spans, text };
}

const asRecord = (attributes: readonly Attribute[]): Record<string, unknown> => Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
