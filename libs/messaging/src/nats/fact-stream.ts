import { DiscardPolicy, RetentionPolicy, StorageType, type JetStreamManager, type StreamConfig, type StreamInfo } from '@nats-io/jetstream';
import { ALL_FACTS_SUBJECT } from '@slipway/contracts';
import { BusSetupError } from '../bus-errors.js';
import { apiCode, STREAM_NOT_CREATED, STREAM_NOT_FOUND } from './nats-failure.js';

export const FACT_STREAM_NAME = 'slipway-facts';
/** 0: no limit. With one, a cluster at rest loses its last message in time, and with it where the relay stopped: it would begin at the beginning. */
export const FACT_STREAM_MAX_AGE_MS = 0;
/** The oldest go beyond it; a million facts or so. JetStream sets this much storage aside. */
export const FACT_STREAM_MAX_BYTES = 1024 * 1024 * 1024;
/** In which the server itself sees that an id was published before. Order and uniqueness do not depend on it. */
export const FACT_STREAM_DUPLICATE_WINDOW_MS = 120_000;

const NANOSECONDS_PER_MS = 1_000_000;
/** While the server still removes the files of a stream of the same name, it cannot make one. */
const CREATE_ATTEMPTS_MAX = 10;
const CREATE_AGAIN_MS = 50;

export type FactStreamSettings = {
  readonly streamName?: string;
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly duplicateWindowMs?: number;
  /** Absent: one for a new stream, and whatever an existing one has. */
  readonly replicas?: number;
};

type Wanted = Pick<StreamConfig, 'subjects' | 'max_age' | 'max_bytes' | 'duplicate_window' | 'discard' | 'max_msgs' | 'max_msgs_per_subject' | 'max_msg_size'> &
  Partial<Pick<StreamConfig, 'num_replicas'>>;

/**
 * Creates the stream when it is missing and puts right what can be put right, with a notice; then looks whether the
 * server took it. Resolves with whether it was missing. Throws BusSetupError when facts cannot travel by the stream that is there.
 */
export async function ensureFactStream(jsm: JetStreamManager, settings: FactStreamSettings, onNotice: (line: string) => void): Promise<{ readonly wasMissing: boolean }> {
  const name = settings.streamName ?? FACT_STREAM_NAME;
  const wanted = wantedConfig(settings);
  const found = await streamInfo(jsm, name);
  const config = found?.config ?? (await create(jsm, name, wanted)).config;
  const obstacle = obstacleIn(config);
  if (obstacle !== null) throw new BusSetupError(`the NATS stream ${name} ${obstacle}: delete it, and it is made anew`);
  if (found !== null && config.storage !== StorageType.File) onNotice(`the NATS stream ${name} is kept in ${config.storage}, not in files: facts are lost when the server stops`);
  const altered = differences(config, wanted);
  if (altered.length === 0) return { wasMissing: found === null };
  const updated = await jsm.streams.update(name, wanted).catch((error: unknown) => {
    throw new BusSetupError(`the NATS stream ${name} differs in ${altered.join(', ')} and cannot be put right: ${(error as Error).message}`, { cause: error });
  });
  const remaining = differences(updated.config, wanted);
  if (remaining.length > 0) throw new BusSetupError(`this NATS server does not take ${remaining.join(', ')} of the stream ${name}`);
  onNotice(`the NATS stream ${name} differed in ${altered.join(', ')}; it is put right`);
  return { wasMissing: found === null };
}

/** Null when there is no such stream. */
export async function streamInfo(jsm: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (apiCode(error) === STREAM_NOT_FOUND) return null;
    throw error;
  }
}

function wantedConfig(settings: FactStreamSettings): Wanted {
  const { maxAgeMs = FACT_STREAM_MAX_AGE_MS, maxBytes = FACT_STREAM_MAX_BYTES, duplicateWindowMs = FACT_STREAM_DUPLICATE_WINDOW_MS, replicas } = settings;
  return {
    subjects: [ALL_FACTS_SUBJECT],
    max_age: maxAgeMs * NANOSECONDS_PER_MS,
    max_bytes: maxBytes,
    duplicate_window: duplicateWindowMs * NANOSECONDS_PER_MS,
    discard: DiscardPolicy.Old,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    ...(replicas !== undefined && { num_replicas: replicas }),
  };
}

async function create(jsm: JetStreamManager, name: string, wanted: Wanted): Promise<StreamInfo> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await jsm.streams.add({ name, storage: StorageType.File, retention: RetentionPolicy.Limits, ...wanted });
    } catch (error) {
      const info = await streamInfo(jsm, name); // another service may have been quicker, with the same or an older configuration
      if (info !== null) return info;
      if (apiCode(error) === null) throw error;
      if (apiCode(error) !== STREAM_NOT_CREATED || attempt === CREATE_ATTEMPTS_MAX)
        throw new BusSetupError(`the NATS stream ${name} cannot be made: ${(error as Error).message}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, CREATE_AGAIN_MS));
    }
  }
}

/** What no update mends and no fact survives. */
function obstacleIn({ retention, sealed, mirror, sources, no_ack }: StreamConfig): string | null {
  if (retention !== RetentionPolicy.Limits) return `has retention ${retention}, not limits`;
  if (sealed) return 'is sealed';
  if (no_ack) return 'does not acknowledge';
  if (mirror !== undefined || (sources?.length ?? 0) > 0) return 'is a copy of another';
  return null;
}

function differences(config: StreamConfig, wanted: Wanted): string[] {
  const keys = Object.keys(wanted) as (keyof Wanted)[];
  return keys.filter((key) => JSON.stringify(config[key]) !== JSON.stringify(wanted[key]));
}
