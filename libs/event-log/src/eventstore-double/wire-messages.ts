import type * as streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as shared from '@eventstore/db-client/generated/shared_pb.js';
import { TOMBSTONE_REVISION, TOMBSTONE_REVISION_ON_WIRE, type ExpectedStreamRevision, type ProposedRecord, type StoredRecord } from './stored-record.js';
import * as wire from './wire-definitions.js';

export function nameOf(identifier: shared.StreamIdentifier | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString();
}

export function identifierOf(stream: string): shared.StreamIdentifier {
  return new wire.StreamIdentifier().setStreamName(Buffer.from(stream));
}

export function uuidText(uuid: shared.UUID | undefined): string {
  const structured = uuid?.getStructured();
  if (structured === undefined) return (uuid?.getString() ?? '').toLowerCase();
  const half = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The four ways in which every writing request says what it expects; `number` differs in name only. */
export function expectedOf(
  options: { hasNoStream(): boolean; hasAny(): boolean; hasStreamExists(): boolean },
  revision: string,
): ExpectedStreamRevision {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream_exists';
  return Number(revision);
}

type ProposedMessage = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage;

/** `missing` names the required metadata that is not there. */
export function proposedOf(message: ProposedMessage): { readonly proposed: ProposedRecord; readonly missing: readonly string[] } {
  const properties = message.getMetadataMap();
  const [type, contentType] = [properties.get('type'), properties.get('content-type')];
  const proposed = {
    id: uuidText(message.getId()),
    type: type ?? '',
    contentType: contentType ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
  return { proposed, missing: Object.entries({ type, 'content-type': contentType }).flatMap(([name, value]) => (value === undefined ? [name] : [])) };
}

export function eventMessage(record: StoredRecord, structuredIds: boolean): streams.ReadResp {
  const event = new wire.ReadResp.ReadEvent.RecordedEvent()
    .setId(uuidMessage(record.id, structuredIds))
    .setStreamIdentifier(identifierOf(record.stream))
    .setStreamRevision(record.revision === TOMBSTONE_REVISION ? TOMBSTONE_REVISION_ON_WIRE : String(record.revision))
    .setCommitPosition(String(record.position))
    .setPreparePosition(String(record.position))
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  event.getMetadataMap().set('type', record.type).set('content-type', record.contentType).set('created', record.createdTicks);
  return new wire.ReadResp().setEvent(new wire.ReadResp.ReadEvent().setEvent(event).setCommitPosition(String(record.position)));
}

export function checkpointMessage(position: number): streams.ReadResp {
  const checkpoint = new wire.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position));
  return new wire.ReadResp().setCheckpoint(checkpoint);
}

export function notFoundMessage(stream: string): streams.ReadResp {
  return new wire.ReadResp().setStreamNotFound(new wire.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(stream)));
}

function uuidMessage(id: string, structured: boolean): shared.UUID {
  if (!structured) return new wire.UUID().setString(id);
  const hex = id.replaceAll('-', '');
  const half = (from: number): string => BigInt.asIntN(64, BigInt(`0x${hex.slice(from, from + 16)}`)).toString();
  return new wire.UUID().setStructured(new wire.UUID.Structured().setMostSignificantBits(half(0)).setLeastSignificantBits(half(16)));
}
