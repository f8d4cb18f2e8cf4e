import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Attribute = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };
type Link = { readonly traceId: string; readonly spanId: string };
type Exported = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<ReceivedSpan, 'service' | 'links'>[] }[];
  }[];
};

export type ReceivedSpan = {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly Attribute[];
  readonly links: readonly Link[];
  readonly service: string;
};

/** A collector (OTLP over HTTP, JSON) that keeps what it is sent. */
export class SpanReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  /** All of it, as it came. */
  text = '';
  readonly #server = createServer((request, response) => void this.#receive(request).then(() => response.writeHead(200).end('{}')));

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  named(name: string): ReceivedSpan | undefined {
    return this.spans.find((span) => span.name === name);
  }

  ofTrace(traceId: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** From a span up to the root of its trace, as far as spans have come. */
  lineOf(span: ReceivedSpan): readonly ReceivedSpan[] {
    const parent = this.spans.find(({ traceId, spanId }) => traceId === span.traceId && spanId === span.parentSpanId);
    return parent === undefined ? [span] : [span, ...this.lineOf(parent)];
  }

  async #receive(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    this.text += text;
    for (const { resource, scopeSpans } of (JSON.parse(text) as Exported).resourceSpans) {
      const name = resource.attributes.find(({ key }) => key === 'service.name');
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({ ...span, links: (span as { links?: readonly Link[] }).links ?? [], service: String(name?.value['stringValue']) });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
