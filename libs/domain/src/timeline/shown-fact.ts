import type { EnvironValue, Json, JsonObject, RevisionSpec } from '../revision/revision-spec.js';
import type { DeploymentFact } from './timeline-fact.js';

/** What stands where a secret is. */
export const SECRET_SHOWN = '***';

/** What people are shown of a fact: everything but hashes of tokens and where secrets are kept. */
export function shownFact(event: DeploymentFact): JsonObject {
  switch (event.type) {
    case 'AccessTokenCreated': {
      const { type: _type, hash: _hash, ...shown } = event;
      return shown;
    }
    case 'RevisionCreated': {
      const { type: _type, spec, ...shown } = event;
      return { ...shown, spec: shownSpec(spec) } as unknown as JsonObject;
    }
    default: {
      const { type: _type, ...shown } = event;
      return shown as unknown as JsonObject;
    }
  }
}

/** A frozen spec as a JSON value, without where its secrets are kept. */
export function shownSpec(spec: RevisionSpec): JsonObject {
  const { environ } = spec.modelRuntimeConfig;
  const shown = Object.fromEntries(Object.entries(environ).map(([name, value]): [string, Json] => [name, shownValue(value)]));
  return { ...spec, modelRuntimeConfig: { ...spec.modelRuntimeConfig, environ: shown } } as unknown as JsonObject;
}

const shownValue = (value: EnvironValue): string => (typeof value === 'string' ? value : SECRET_SHOWN);
