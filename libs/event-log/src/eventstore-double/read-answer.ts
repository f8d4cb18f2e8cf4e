import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type * as streams from '@eventstore/db-client/generated/streams_pb.js';

export type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;

/** Waits while the client is slow; false when it has gone. */
export async function send(call: ReadCall, message: streams.ReadResp): Promise<boolean> {
  if (call.cancelled || call.destroyed) return false;
  if (call.write(message)) return true;
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  call.once('cancelled', leave).once('close', leave);
  await once(call, 'drain', { signal: gone.signal }).catch(() => undefined);
  call.off('cancelled', leave).off('close', leave);
  return !gone.signal.aborted;
}
