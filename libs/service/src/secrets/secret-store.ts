/** Keeps secret values out of the log: events and rows carry the reference only. */
export interface SecretStore {
  /** The same value always has the same reference, `secret:<hmac>`, which tells nothing about the value. */
  put(value: string): Promise<string>;
  /** `null` when this store has no such secret. */
  get(reference: string): Promise<string | null>;
}

/** Largest secret, in UTF-8 bytes. */
export const SECRET_BYTES_MAX = 64 * 1024;
