import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import type * as streams from '@eventstore/db-client/generated/streams_pb.js';
import { streamDeleted, unavailable, wrongExpectedVersion, type CallError } from './call-errors.js';
import type { DoubleDatabase, Written } from './double-database.js';
import type { ExpectedStreamRevision } from './stored-record.js';
import * as wire from './wire-definitions.js';
import { expectedOf, nameOf } from './wire-messages.js';

/** Hides the stream's events; it can be begun again, and its numbers then go on. */
export function softDelete(database: DoubleDatabase, call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>, answer: sendUnaryData<streams.DeleteResp>): void {
  const { stream, expected } = requestOf(call.request.getOptions());
  remove(database, stream, expected, false).then(
    ({ position }) => answer(null, new wire.DeleteResp().setPosition(new wire.DeleteResp.Position().setCommitPosition(String(position)).setPreparePosition(String(position)))),
    (error: CallError) => answer(error),
  );
}

/** Closes the stream for ever. */
export function tombstone(
  database: DoubleDatabase,
  call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
  answer: sendUnaryData<streams.TombstoneResp>,
): void {
  const { stream, expected } = requestOf(call.request.getOptions());
  remove(database, stream, expected, true).then(
    ({ position }) => answer(null, new wire.TombstoneResp().setPosition(new wire.TombstoneResp.Position().setCommitPosition(String(position)).setPreparePosition(String(position)))),
    (error: CallError) => answer(error),
  );
}

function requestOf(options: streams.DeleteReq.Options | streams.TombstoneReq.Options | undefined): { stream: string; expected: ExpectedStreamRevision } {
  if (options === undefined) return { stream: '', expected: 'any' };
  return { stream: nameOf(options.getStreamIdentifier()), expected: expectedOf(options, options.getRevision()) };
}

/** Rejects with a CallError. */
async function remove(database: DoubleDatabase, stream: string, expected: ExpectedStreamRevision, forEver: boolean): Promise<Written> {
  const outcome = await database.delete(stream, expected, forEver).catch((error: unknown) => ({ failed: error }));
  if ('written' in outcome) return outcome.written;
  if ('failed' in outcome) throw unavailable(outcome.failed);
  throw 'streamDeleted' in outcome ? streamDeleted(stream) : wrongExpectedVersion(stream, expected, outcome.wrongExpectedVersion.current);
}
