const LONG_LIVED = new Set(['Deployment', 'StatefulSet']);
/** Rights of those who are neither owner nor group. */
const OTHERS_MAY = 0o007;
const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'];

/** The pod a manifest describes, and null for what describes none. */
export const podSpecOf = ({ kind, spec }) => (kind === 'Pod' ? spec : LONG_LIVED.has(kind) ? spec.template.spec : null);

/** Everything about one pod that is less safe or less sure than it has to be; one line each. */
export function podProblems(manifest) {
  const pod = podSpecOf(manifest);
  const problems = [];
  const demand = (holds, problem) => void (holds || problems.push(problem));
  demand(pod.automountServiceAccountToken === false, 'gets a token of the API server');
  demand(pod.enableServiceLinks === false, 'gets the addresses of every Service as variables');
  demand(!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, 'shares a name space with its node');
  demand(pod.securityContext?.runAsNonRoot === true && pod.securityContext.runAsUser > 0, 'may run as root');
  demand(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile');
  const graceSeconds = pod.terminationGracePeriodSeconds;
  if (LONG_LIVED.has(manifest.kind)) demand(graceSeconds > 0, 'does not say how long it may take to stop');
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  for (const container of containers) problems.push(...containerProblems(container, LONG_LIVED.has(manifest.kind), graceSeconds));
  return [...problems, ...volumeProblems(manifest, pod, containers)].map((problem) => `${manifest.kind}/${manifest.metadata.name} ${problem}`);
}

function containerProblems(container, isLongLived, graceSeconds) {
  const problems = [];
  const demand = (holds, problem) => void (holds || problems.push(`${container.name}: ${problem}`));
  const context = container.securityContext ?? {};
  demand(context.runAsNonRoot === true, 'may run as root');
  demand(context.readOnlyRootFilesystem === true, 'may write to its root file system');
  demand(context.allowPrivilegeEscalation === false && context.privileged === false, 'may gain privileges');
  demand(context.capabilities?.drop?.includes('ALL') && !context.capabilities.add, 'keeps capabilities');
  demand(/@sha256:[0-9a-f]{64}$|:(?!latest$)[\w.-]+$/.test(container.image), `has the image ${container.image} without a version`);
  const { requests = {}, limits = {} } = container.resources ?? {};
  demand(requests.cpu !== undefined && requests.memory !== undefined && limits.memory !== undefined, 'lacks requests or a memory limit');
  if (isLongLived) {
    const ports = new Set((container.ports ?? []).map(({ name }) => name));
    for (const probe of PROBES) {
      demand(container[probe] !== undefined, `has no ${probe}`);
      const port = container[probe]?.httpGet?.port;
      demand(port === undefined || ports.has(port), `${probe} asks the port ${port}, which it does not have`);
    }
    const lingerSeconds = Number(container.lifecycle?.preStop?.exec?.command?.[1] ?? 0);
    demand(lingerSeconds < graceSeconds, 'is killed before it has lingered');
  }
  const names = (container.env ?? []).map(({ name }) => name);
  demand(new Set(names).size === names.length, 'has a variable twice');
  return problems;
}

function volumeProblems(manifest, pod, containers) {
  const claimed = (manifest.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
  const volumes = new Set([...(pod.volumes ?? []).map(({ name }) => name), ...claimed]);
  const mounted = new Set(containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));
  return [
    ...[...mounted].filter((name) => !volumes.has(name)).map((name) => `mounts ${name}, which is no volume`),
    ...[...volumes].filter((name) => !mounted.has(name)).map((name) => `has the volume ${name}, which nothing mounts`),
    ...(pod.volumes ?? []).filter(({ emptyDir }) => emptyDir && !emptyDir.sizeLimit).map(({ name }) => `may fill its node through ${name}`),
    ...(pod.volumes ?? []).filter(({ secret }) => secret && (secret.defaultMode & OTHERS_MAY) !== 0).map(({ name }) => `lets everybody in the container read ${name}`),
    ...(pod.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => `reads its node's files through ${name}`),
  ];
}
