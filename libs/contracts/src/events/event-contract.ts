import type { z } from 'zod';

type DataOf<E extends { type: string }, T> = E extends { type: T } ? Omit<E, 'type'> : never;

/**
 * One row per event the domain knows: a missing or misspelt row does not compile.
 * The stored version of an event is `upcasts.length + 1`; upcasts are only ever appended to.
 */
export type EventContracts<E extends { type: string }> = {
  readonly [T in E['type']]: {
    /** The newest form. */
    readonly schema: z.ZodType<DataOf<E, T>>;
    /** [v1→v2, v2→v3, …] */
    readonly upcasts: readonly ((older: never) => unknown)[];
  };
};

/** An event as a log keeps it. */
export type StoredEvent = { readonly type: string; readonly version: number; readonly data: unknown };

/** Domain event → stored event. Checked on the way in: what could not be read back is never written. */
export function serializeWith<E extends { type: string }>(contracts: EventContracts<E>, event: E): StoredEvent {
  const contract = contracts[event.type as E['type']];
  const { type, ...data } = event;
  return { type, version: contract.upcasts.length + 1, data: contract.schema.parse(data) };
}

/** Stored event → newest domain event, through the upcasts. Throws on what a newer release wrote: this one must not guess. */
export function parseWith<E extends { type: string }>(contracts: EventContracts<E>, stored: StoredEvent): E {
  const contract = Object.hasOwn(contracts, stored.type) ? contracts[stored.type as E['type']] : undefined;
  if (contract === undefined || stored.version > contract.upcasts.length + 1)
    throw new Error(`cannot read ${stored.type} v${stored.version}: written by a newer release; upgrade this one`);
  if (!Number.isInteger(stored.version) || stored.version < 1)
    throw new Error(`cannot read ${stored.type} v${stored.version}: versions count from 1; the log is damaged`);
  let data = stored.data;
  for (const upcast of contract.upcasts.slice(stored.version - 1)) data = (upcast as (older: unknown) => unknown)(data);
  // Written through the same schema, so the newest form is trusted on the way out; older ones are checked after upcasting.
  const checked = stored.version === contract.upcasts.length + 1 ? (data as object) : (contract.schema.parse(data) as object);
  return { ...checked, type: stored.type } as unknown as E;
}
