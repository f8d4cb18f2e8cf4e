/** What one proxy may hold at once. */
export type AdmissionLimits = {
  /** Requests between their head and the end of their answer. */
  readonly inFlightMax: number;
  /** Bytes of request bodies held in memory, all requests together. */
  readonly bufferedBytesMax: number;
};

export type AdmissionLoad = { readonly inFlight: number; readonly bufferedBytes: number };

/** One more request may come in. */
export function mayAdmit(load: AdmissionLoad, limits: AdmissionLimits): boolean {
  return load.inFlight < limits.inFlightMax;
}

/** A request that is in may have this much more of its body held. */
export function mayBuffer(load: AdmissionLoad, bytes: number, limits: AdmissionLimits): boolean {
  return load.bufferedBytes + bytes <= limits.bufferedBytesMax;
}
