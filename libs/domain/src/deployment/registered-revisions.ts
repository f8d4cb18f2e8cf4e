import type { RegisteredRevision } from './deployment-events.js';
import type { LivingDeployment } from './deployment-state.js';

type Changes = Partial<Omit<LivingDeployment, 'revisions'>>;

/**
 * The state with some of it changed, and with one more revision if one is given. What is said of `state` stays true of it.
 *
 * To copy the record of revisions takes 5 ms for 5,000 of them, so that a fold that copies it for each event needs a minute
 * for 10,000 revisions. The states of one deployment share a list instead, which grows at its end only; each knows how
 * much of it is its own, and makes the record of it when somebody asks.
 */
export function changed(state: LivingDeployment, changes: Changes, registered?: RegisteredRevision): LivingDeployment {
  const before = shares.get(state);
  if (before === undefined && registered === undefined) return { ...state, ...changes };
  const share = before ?? shareOf(Object.values(state.revisions));
  return sharing(registered === undefined ? share : joined(share, registered), state, changes);
}

/** Ids come from outside: "constructor" finds nothing that every object inherits. */
export function registeredRevision(state: LivingDeployment, revisionId: string): RegisteredRevision | null {
  const share = shares.get(state);
  if (share !== undefined) return found(share, revisionId);
  return Object.hasOwn(state.revisions, revisionId) ? (state.revisions[revisionId] ?? null) : null;
}

/** Revisions in the order they were registered, and the place of each; what is there is never changed. */
type Register = { readonly revisions: RegisteredRevision[]; readonly places: Map<string, number> };
/** The first `count` revisions of a register. */
type Share = { readonly register: Register; readonly count: number };

/** Of states that were made here; a state read from JSON, or copied, has its record. */
const shares = new WeakMap<LivingDeployment, Share>();

function sharing(share: Share, state: LivingDeployment, changes: Changes): LivingDeployment {
  const after: Record<string, unknown> = {};
  let record: LivingDeployment['revisions'] | undefined;
  const get = (): LivingDeployment['revisions'] => (record ??= recordOf(share));
  // By name, since spreading the state would ask it for its record. The order of the keys stays.
  for (const key of Object.keys(state) as (keyof LivingDeployment)[])
    if (key === 'revisions') Object.defineProperty(after, key, { get, enumerable: true });
    else after[key] = state[key];
  const made = Object.assign(after, changes) as unknown as LivingDeployment;
  shares.set(made, share);
  return made;
}

function joined(share: Share, registered: RegisteredRevision): Share {
  const { register, count } = share;
  if (found(share, registered.revisionId) !== null) return shareOf(Object.values({ ...recordOf(share), [registered.revisionId]: registered }));
  if (count < register.revisions.length) return joined(shareOf(register.revisions.slice(0, count)), registered); // others went on from here
  register.places.set(registered.revisionId, count);
  register.revisions.push(registered);
  return { register, count: count + 1 };
}

function found({ register, count }: Share, revisionId: string): RegisteredRevision | null {
  const place = register.places.get(revisionId) ?? count;
  return place < count ? (register.revisions[place] ?? null) : null;
}

function shareOf(revisions: RegisteredRevision[]): Share {
  const places = new Map(revisions.map(({ revisionId }, place) => [revisionId, place]));
  return { register: { revisions, places }, count: revisions.length };
}

const recordOf = ({ register, count }: Share): LivingDeployment['revisions'] =>
  Object.fromEntries(register.revisions.slice(0, count).map((revision) => [revision.revisionId, revision]));
