import { invalidInput, SlipwayError } from '@slipway/contracts';
import { JSON_DEPTH_MAX, jsonDepth } from '@slipway/service';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

/** One GraphQL operation as a client sends it. */
export type OperationParams = {
  readonly query: string;
  readonly variables: Record<string, unknown> | null;
  readonly operationName: string | null;
};

const operationParams = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** How much of a body that is too large is still taken in, and thrown away, before the refusal is sent. */
const DISCARDED_BYTES_MAX = 32 * 1024 * 1024;

/**
 * The bytes of a body; keeping them stops at the limit, so that a large body is neither buffered nor parsed. What is left
 * is discarded as it comes, within bounds: a client that is answered and cut off while it still sends may never read why.
 * @throws SlipwayError QUERY_TOO_LARGE.
 */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const tooLarge = new SlipwayError('QUERY_TOO_LARGE', { sizeBytesMax: bytesMax });
  if (Number(request.headers['content-length'] ?? 0) > DISCARDED_BYTES_MAX) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) chunks.push(chunk);
      else chunks.length = 0;
      if (size > DISCARDED_BYTES_MAX) reject(tooLarge);
    });
    request.once('end', () => (size > bytesMax ? reject(tooLarge) : resolve(Buffer.concat(chunks))));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client left')));
  });
}

/**
 * The operation in a body.
 * @throws SlipwayError INVALID_INPUT that says what is wrong with the body: encoding, JSON, nesting, or shape.
 */
export function parseOperation(body: Buffer): OperationParams {
  const text = decodeUtf8(body);
  if (jsonDepth(text) > JSON_DEPTH_MAX) throw wrongBody(`nests deeper than ${JSON_DEPTH_MAX} levels`);
  const json = parseJson(text, 'body');
  if (Array.isArray(json)) throw wrongBody('must be one operation; batches are not accepted');
  return checkedOperation(json);
}

/**
 * The operation in the parameters of a GET.
 * @throws SlipwayError INVALID_INPUT.
 */
export function operationFromUrl(search: URLSearchParams): OperationParams {
  const variables = search.get('variables');
  if (variables !== null && jsonDepth(variables) > JSON_DEPTH_MAX) throw wrongBody(`nests deeper than ${JSON_DEPTH_MAX} levels`);
  return checkedOperation({
    query: search.get('query') ?? undefined,
    variables: variables === null ? null : parseJson(variables, 'variables'),
    operationName: search.get('operationName'),
  });
}

/** Shape only: whether the query is one is for the parser to say. */
export function checkedOperation(value: unknown): OperationParams {
  const parsed = operationParams.safeParse(value);
  if (!parsed.success) {
    throw invalidInput(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', problem: message })));
  }
  const { query, variables, operationName } = parsed.data;
  return { query, variables: variables ?? null, operationName: operationName ?? null };
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw wrongBody('is not valid UTF-8');
  }
}

function parseJson(text: string, field: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw invalidInput([{ field, problem: `is not valid JSON: ${error instanceof Error ? error.message : ''}` }]);
  }
}

function wrongBody(problem: string): SlipwayError {
  return invalidInput([{ field: 'body', problem }]);
}
