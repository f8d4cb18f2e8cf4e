import type { Caller } from './route-access.js';
import type { Route } from './routing-table.js';

/** A request's wish to be served by one revision, by its number in decimal or by its id. */
export type PinnedModel = { readonly model: string; readonly pin: string };

const PIN_MARK = '@';

/** `name@3` is the model `name`, served by its revision 3. Null: the name carries no pin (no deployment has an @ in its name). */
export function pinnedModel(model: string): PinnedModel | null {
  const mark = model.lastIndexOf(PIN_MARK);
  if (mark <= 0 || mark === model.length - 1) return null;
  return { model: model.slice(0, mark), pin: model.slice(mark + 1) };
}

/** Only the holder of a token of this deployment that says so; never the public. */
export function mayPin(caller: Caller, route: Route): boolean {
  return caller.type === 'holder' && caller.grant.mayPinRevisions && caller.grant.deploymentId === route.deploymentId;
}
