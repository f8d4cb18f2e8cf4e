import type { AnalysisPolicy } from '../analysis/analysis-policy.js';

/**
 * A rollout is a list of steps as data; strategies differ only in the list. "Target" is the revision to arrive at,
 * "previous" the one that serves until then, "rest" is every other revision's replicas. Counts are totals, not
 * differences, so a step may be taken twice.
 */
export type RolloutStep =
  /** Wait until `count` previous replicas are ready, so that they can take all requests. */
  | { readonly type: 'restore'; readonly count: number }
  /** Take the replicas out of rotation that are neither the target's nor the previous one's. */
  | { readonly type: 'retire' }
  /** Have `count` target replicas, started or starting. Done when they exist. */
  | { readonly type: 'launch'; readonly count: number }
  /** Wait until `count` target replicas are ready. */
  | { readonly type: 'awaitReady'; readonly count: number }
  /** Send this share of requests to the target; the rest share what is left by their ready replicas. */
  | { readonly type: 'setWeight'; readonly weightPercent: number }
  /** Copy this share of the requests to the target, whose answers nobody sees. */
  | { readonly type: 'setMirror'; readonly percent: number }
  /** Wait; `durationMs` null: until it is promoted or skipped. After the promotion it keeps the previous revision warm. */
  | { readonly type: 'hold'; readonly durationMs: number | null }
  /** Watch what the target serves, and go on, wait or turn back by the verdict. */
  | { readonly type: 'analyse'; readonly policy: AnalysisPolicy }
  /** Take rest replicas out of rotation until `remaining` are left, as far as availability allows; done when they are gone. */
  | { readonly type: 'drain'; readonly remaining: number }
  /** The target is the active revision from here on. */
  | { readonly type: 'promote' };

/** What a person may pass by. */
export const isWaiting = (step: RolloutStep | undefined): boolean => step?.type === 'hold' || step?.type === 'analyse';

