/** What one proxy may hold at once. */
export type AdmissionLimits = {
  /** Requests between their head and the end of their answer. */
  readonly inFlightMax: number;
  /** Bytes of request bodies held in memory, all requests together. */
  readonly bufferedBytesMax: number;
};

export type AdmissionLoad = { readonly inFlight: number; readonly bufferedBytes: number };

export type AdmissionRefusal = { readonly type: 'TooManyRequestsInFlight' } | { readonly type: 'TooManyBytesBuffered' };

const TOO_MANY_REQUESTS: AdmissionRefusal = { type: 'TooManyRequestsInFlight' };
const TOO_MANY_BYTES: AdmissionRefusal = { type: 'TooManyBytesBuffered' };

/** Null if one more request, whose body will be up to `bodyBytes` long, may come in. */
export function admissionRefusal(load: AdmissionLoad, bodyBytes: number, limits: AdmissionLimits): AdmissionRefusal | null {
  if (load.inFlight >= limits.inFlightMax) return TOO_MANY_REQUESTS;
  if (load.bufferedBytes + bodyBytes > limits.bufferedBytesMax) return TOO_MANY_BYTES;
  return null;
}
