import type { EventLog } from '@slipway/event-log';
import type { SecretStore } from '@slipway/service';
import type { ModelFolders } from './model-folders/model-folders.js';

/** How long a token change waits for the proxies to have heard of it. */
export const PROXY_ACKNOWLEDGEMENT_MS = 2000;

export type ProxyAcknowledgements = {
  /** Resolves when every living proxy follows the log up to `position`, or after the timeout; names those that do not. */
  waitFor(position: number, timeoutMs: number): Promise<{ readonly acknowledged: readonly string[]; readonly missing: readonly string[] }>;
};

/** Everything the registry needs from outside. */
export type RegistryPorts = {
  readonly log: EventLog;
  readonly folders: ModelFolders;
  readonly secrets: SecretStore;
  readonly proxies: ProxyAcknowledgements;
  readonly nowMs: () => number;
  /** Key of derived tokens: 32 random bytes that never leave this machine. */
  readonly tokenKey: Buffer;
  /** Base of `endpointUrl`, for example `http://127.0.0.1:8000`. */
  readonly endpointBaseUrl: string;
  /** Default RESERVED_WAIT_MS. */
  readonly reservedWaitMs?: number;
};
