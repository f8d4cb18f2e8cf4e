/** The bus does not answer. What was under way may or may not have happened. */
export class BusUnreachableError extends Error {
  override readonly name = 'BusUnreachableError';
}

/** The server is too old. */
export class BusVersionError extends Error {
  override readonly name = 'BusVersionError';
}

/** The server answers and something about it is not as it must be: JetStream, rights, limits, or a stream of the same name. */
export class BusSetupError extends Error {
  override readonly name = 'BusSetupError';
}

export class BusClosedError extends Error {
  override readonly name = 'BusClosedError';

  constructor() {
    super('the bus is closed');
  }
}

export type BusError = BusUnreachableError | BusVersionError | BusSetupError | BusClosedError;

export const isBusError = (error: unknown): error is BusError =>
  error instanceof BusUnreachableError || error instanceof BusVersionError || error instanceof BusSetupError || error instanceof BusClosedError;
