import { status, type sendUnaryData, type ServerDuplexStream, type ServerReadableStream } from '@grpc/grpc-js';
import type { Message } from 'google-protobuf';
import type * as streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Any } from 'google-protobuf/google/protobuf/any_pb.js';
import { appendTooLarge, invalidArgument, missingMetadata, streamDeleted, unavailable, type CallError } from './call-errors.js';
import type { DoubleDatabase, WriteOutcome } from './double-database.js';
import { NO_STREAM_REVISION, sizeOnDisk, type ExpectedStreamRevision, type ProposedRecord } from './stored-record.js';
import * as wire from './wire-definitions.js';
import { expectedOf, identifierOf, nameOf, proposedOf, uuidText } from './wire-messages.js';

const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** One append as it was asked for, by either call. */
type Request = {
  readonly stream: string;
  readonly expected: ExpectedStreamRevision;
  readonly proposed: ProposedRecord[];
  readonly missing: string[];
};

/** The stream of one append: options first, then its events. */
export function append(
  database: DoubleDatabase,
  bytesMax: number,
  call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
  answer: sendUnaryData<streams.AppendResp>,
): void {
  let request: Request | null = null;
  call.on('data', (message: streams.AppendReq) => {
    const options = message.getOptions();
    if (options !== undefined)
      request = { stream: nameOf(options.getStreamIdentifier()), expected: expectedOf(options, options.getRevision()), proposed: [], missing: [] };
    const event = message.getProposedMessage();
    if (event !== undefined && request !== null) add(request, event);
  });
  call.on('end', () => {
    if (request === null) return answer(invalidArgument('the options are missing'));
    const asked = request;
    const refusal = refusalOf(asked, bytesMax);
    if (refusal !== null) return answer(refusal);
    database.append(asked.stream, asked.expected, asked.proposed).then(
      (outcome) => ('streamDeleted' in outcome ? answer(streamDeleted(asked.stream)) : answer(null, appendAnswer(asked, outcome))),
      (error: unknown) => answer(unavailable(error)),
    );
  });
}

/** Many appends over one call; an append may come in several pieces, and each is answered under its correlation id. */
export function batchAppend(database: DoubleDatabase, bytesMax: number, call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void {
  const requests = new Map<string, Request>();
  call.on('data', (message: streams.BatchAppendReq) => {
    const correlationId = uuidText(message.getCorrelationId());
    const options = message.getOptions();
    if (options !== undefined)
      requests.set(correlationId, { stream: nameOf(options.getStreamIdentifier()), expected: expectedOf(options, options.getStreamPosition()), proposed: [], missing: [] });
    const request = requests.get(correlationId);
    if (request === undefined) return void call.emit('error', invalidArgument('the options are missing'));
    for (const event of message.getProposedMessagesList()) add(request, event);
    if (!message.getIsFinal()) return;
    requests.delete(correlationId);
    const deadlineMs = options?.getDeadline()?.toDate().getTime() ?? Number.POSITIVE_INFINITY;
    const respond = (answer: streams.BatchAppendResp) => void call.write(answer.setCorrelationId(message.getCorrelationId()));
    if (Date.now() > deadlineMs) return respond(failed(request, status.DEADLINE_EXCEEDED, 'Timeout', packed(new wire.Timeout(), 'Timeout')));
    const refusal = refusalOf(request, bytesMax);
    if (refusal !== null) return respond(batchRefusal(request, refusal, bytesMax));
    database.append(request.stream, request.expected, request.proposed).then(
      (outcome) => respond(batchAnswer(request, outcome)),
      (error: unknown) => call.emit('error', unavailable(error)),
    );
  });
  call.on('end', () => call.end());
}

function add(request: Request, message: streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage): void {
  const { proposed, missing } = proposedOf(message);
  request.proposed.push(proposed);
  request.missing.push(...missing);
}

function refusalOf(request: Request, bytesMax: number): CallError | null {
  if (request.missing.length > 0) return missingMetadata(request.missing);
  if (request.proposed.some(({ id }) => id === '' || id === NIL_ID)) return invalidArgument('Empty eventId provided.');
  const sizeBytes = request.proposed.reduce((sum, event) => sum + sizeOnDisk(event), 0);
  return sizeBytes > bytesMax ? appendTooLarge(bytesMax) : null;
}

function appendAnswer({ expected }: Request, outcome: Exclude<WriteOutcome, { streamDeleted: true }>): streams.AppendResp {
  if ('wrongExpectedVersion' in outcome) return new wire.AppendResp().setWrongExpectedVersion(conflict(expected, outcome.wrongExpectedVersion.current));
  const { revision, position } = outcome.written;
  const success = new wire.AppendResp.Success();
  if (revision === NO_STREAM_REVISION) success.setNoStream(new wire.Empty()).setNoPosition(new wire.Empty());
  else {
    const at = new wire.AppendResp.Position().setCommitPosition(String(position)).setPreparePosition(String(position));
    success.setCurrentRevision(String(revision)).setPosition(at);
  }
  return new wire.AppendResp().setSuccess(success);
}

/** Old clients read the fields named after version 20.6.0, new ones the others. */
function conflict(expected: ExpectedStreamRevision, current: number): streams.AppendResp.WrongExpectedVersion {
  const answer = new wire.AppendResp.WrongExpectedVersion();
  if (current === NO_STREAM_REVISION) answer.setNoStream2060(new wire.Empty()).setCurrentNoStream(new wire.Empty());
  else answer.setCurrentRevision2060(current).setCurrentRevision(String(current));
  if (expected === 'any') return answer.setAny2060(new wire.Empty()).setExpectedAny(new wire.Empty());
  if (expected === 'stream_exists') return answer.setStreamExists2060(new wire.Empty()).setExpectedStreamExists(new wire.Empty());
  if (expected === 'no_stream') return answer.setExpectedNoStream(new wire.Empty());
  return answer.setExpectedRevision2060(expected).setExpectedRevision(String(expected));
}

function batchAnswer(request: Request, outcome: WriteOutcome): streams.BatchAppendResp {
  if ('streamDeleted' in outcome) {
    const detail = new wire.StreamDeleted().setStreamIdentifier(identifierOf(request.stream));
    return failed(request, status.NOT_FOUND, 'StreamDeleted', packed(detail, 'StreamDeleted'));
  }
  if ('wrongExpectedVersion' in outcome) {
    const detail = batchConflict(request.expected, outcome.wrongExpectedVersion.current);
    return failed(request, status.ALREADY_EXISTS, 'WrongExpectedVersion', packed(detail, 'WrongExpectedVersion'));
  }
  const { revision, position } = outcome.written;
  const success = new wire.BatchAppendResp.Success();
  if (revision === NO_STREAM_REVISION) success.setNoStream(new wire.GoogleEmpty()).setNoPosition(new wire.GoogleEmpty());
  else {
    const at = new wire.AllStreamPosition().setCommitPosition(String(position)).setPreparePosition(String(position));
    success.setCurrentRevision(String(revision)).setPosition(at);
  }
  return echoed(request).setSuccess(success);
}

function batchConflict(expected: ExpectedStreamRevision, current: number): shared.WrongExpectedVersion {
  const detail = new wire.WrongExpectedVersion();
  if (current === NO_STREAM_REVISION) detail.setCurrentNoStream(new wire.GoogleEmpty());
  else detail.setCurrentStreamRevision(String(current));
  if (expected === 'any') return detail.setExpectedAny(new wire.GoogleEmpty());
  if (expected === 'stream_exists') return detail.setExpectedStreamExists(new wire.GoogleEmpty());
  if (expected === 'no_stream') return detail.setExpectedNoStream(new wire.GoogleEmpty());
  return detail.setExpectedStreamPosition(String(expected));
}

function batchRefusal(request: Request, refusal: CallError, bytesMax: number): streams.BatchAppendResp {
  const tooLarge = refusal.metadata.get('exception').includes('maximum-append-size-exceeded');
  const detail = tooLarge
    ? packed(new wire.MaximumAppendSizeExceeded().setMaxappendsize(bytesMax), 'MaximumAppendSizeExceeded')
    : packed(new wire.BadRequest().setMessage(refusal.details), 'BadRequest');
  return failed(request, status.INVALID_ARGUMENT, refusal.details, detail);
}

function failed(request: Request, code: status, message: string, details: Any): streams.BatchAppendResp {
  // One enumeration of the same numbers each: google.rpc.Code and the gRPC library's own.
  return echoed(request).setError(new wire.Status().setCode(code as number).setMessage(message).setDetails(details));
}

function packed(message: Message, name: string): Any {
  const any = new wire.Any();
  any.pack(message.serializeBinary(), `event_store.client.${name}`);
  return any;
}

function echoed({ stream, expected }: Request): streams.BatchAppendResp {
  const answer = new wire.BatchAppendResp().setStreamIdentifier(identifierOf(stream));
  if (expected === 'any') return answer.setAny(new wire.GoogleEmpty());
  if (expected === 'stream_exists') return answer.setStreamExists(new wire.GoogleEmpty());
  if (expected === 'no_stream') return answer.setNoStream(new wire.GoogleEmpty());
  return answer.setStreamPosition(String(expected));
}
