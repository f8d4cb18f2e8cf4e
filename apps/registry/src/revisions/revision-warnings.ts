import type { RevisionSpec, RevisionWarning } from '@slipway/domain';

/** Accepted, but perhaps not what was meant. Shown with the answer and recorded with the revision. */
export function revisionWarnings(spec: RevisionSpec): readonly RevisionWarning[] {
  return [...parallelismBeyondDevices(spec), ...parallelismSaidTwice(spec)];
}

/** X14: more parallel workers than devices the engine may see. */
function parallelismBeyondDevices({ modelRuntimeConfig, resourceConfig }: RevisionSpec): readonly RevisionWarning[] {
  const { ppSize = 1, tpSize = 1 } = modelRuntimeConfig.serviceConfig?.parallelism ?? {};
  const visible = modelRuntimeConfig.environ['CUDA_VISIBLE_DEVICES'];
  if (typeof visible !== 'string') return [];
  const devices = visible.split(',').filter((device) => device.trim() !== '').length;
  if (ppSize * tpSize <= devices) return [];
  const slot = resourceConfig.slots.extra === null ? ' and no accelerator slot is requested' : '';
  const message = `ppSize ${ppSize} × tpSize ${tpSize} = ${ppSize * tpSize} workers, but CUDA_VISIBLE_DEVICES shows ${devices}${slot}`;
  return [{ code: 'PARALLELISM_EXCEEDS_DEVICES', field: 'modelRuntimeConfig.serviceConfig.parallelism', message }];
}

/** X26: the explicit configuration wins over the variable. */
function parallelismSaidTwice({ modelRuntimeConfig }: RevisionSpec): readonly RevisionWarning[] {
  const { parallelism } = modelRuntimeConfig.serviceConfig ?? {};
  const pairs = [
    ['tpSize', 'VLLM_TP_SIZE', parallelism?.tpSize],
    ['ppSize', 'VLLM_PP_SIZE', parallelism?.ppSize],
  ] as const;
  return pairs.flatMap(([field, variable, size]) => {
    const said = modelRuntimeConfig.environ[variable];
    if (size === undefined || typeof said !== 'string' || said === String(size)) return [];
    const message = `serviceConfig.parallelism.${field} ${size} is used; ${variable}=${said} is ignored`;
    return [{ code: 'PARALLELISM_CONFLICT', field: `modelRuntimeConfig.environ.${variable}`, message }];
  });
}
