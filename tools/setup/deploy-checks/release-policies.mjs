import { titleOf } from './chart-rendering.mjs';
import { podSpecOf } from './pod-policies.mjs';

const NAME_CHARS_MAX = 63;

/** What the objects of one release ask of each other and do not get; one line each. `foreignSecrets` are managed by somebody else. */
export function releaseProblems(manifests, foreignSecrets = []) {
  const problems = [];
  const demand = (holds, problem) => void (holds || problems.push(problem));
  const ofKind = (kind) => manifests.filter((manifest) => manifest.kind === kind);
  const named = (kind, name) => ofKind(kind).find(({ metadata }) => metadata.name === name);
  const workloads = [...ofKind('Deployment'), ...ofKind('StatefulSet')];

  const titles = manifests.map(titleOf);
  titles.forEach((title, index) => demand(titles.indexOf(title) === index, `${title} is there twice`));
  for (const { metadata } of manifests) demand(metadata.name.length <= NAME_CHARS_MAX && metadata.labels, `${metadata.name} is too long or has no labels`);

  for (const workload of workloads) {
    const { template, selector } = workload.spec;
    demand(selects(selector, template.metadata.labels), `${titleOf(workload)} does not select its own pods`);
    const others = workloads.filter((other) => other !== workload && selects(selector, other.spec.template.metadata.labels));
    demand(others.length === 0, `${titleOf(workload)} selects pods of ${others.map(titleOf).join()}`);
    const policies = ofKind('NetworkPolicy').filter(({ spec }) => selects(spec.podSelector, template.metadata.labels));
    demand(policies.length >= 2, `${titleOf(workload)} has no NetworkPolicy of its own beside the one that denies`);
  }
  for (const deployment of ofKind('Deployment')) {
    const { labels } = deployment.spec.template.metadata;
    const budgets = ofKind('PodDisruptionBudget').filter(({ spec }) => selects(spec.selector, labels));
    demand(budgets.length === 1, `${titleOf(deployment)} has ${budgets.length} PodDisruptionBudgets`);
    demand(deployment.spec.strategy.rollingUpdate.maxUnavailable === 0, `${titleOf(deployment)} loses a pod before its successor is ready`);
    const scaled = ofKind('HorizontalPodAutoscaler').some(({ spec }) => spec.scaleTargetRef.name === deployment.metadata.name);
    demand(scaled !== 'replicas' in deployment.spec, `${titleOf(deployment)} is counted by two or by nobody`);
    demand(named('ServiceAccount', deployment.spec.template.spec.serviceAccountName), `${titleOf(deployment)} has no ServiceAccount`);
  }
  for (const { spec, metadata } of ofKind('HorizontalPodAutoscaler')) {
    demand(named('Deployment', spec.scaleTargetRef.name), `the autoscaler ${metadata.name} scales nothing`);
    demand(spec.minReplicas <= spec.maxReplicas, `the autoscaler ${metadata.name} has its limits the wrong way round`);
  }
  for (const service of ofKind('Service')) {
    const pods = workloads.filter(({ spec }) => selects({ matchLabels: service.spec.selector }, spec.template.metadata.labels));
    demand(pods.length === 1, `${titleOf(service)} stands before ${pods.length} workloads`);
    const ports = new Set(pods.flatMap(({ spec }) => spec.template.spec.containers.flatMap((container) => container.ports.map(({ name }) => name))));
    for (const { targetPort } of service.spec.ports) demand(ports.has(targetPort), `${titleOf(service)} leads to the port ${targetPort}, which its pods do not have`);
  }
  for (const [title, name, port] of backendsOf(manifests)) {
    const ports = named('Service', name)?.spec.ports ?? [];
    demand(ports.some((one) => one.name === port || one.port === port), `${title} leads to ${name}:${port}, which is no Service`);
  }
  for (const [title, kind, name, keys] of referencesOf(manifests)) {
    if (kind === 'Secret' && foreignSecrets.includes(name)) continue;
    const data = named(kind, name)?.data;
    demand(data, `${title} reads the ${kind} ${name}, which is not there`);
    for (const key of keys) demand(data && key in data, `${title} reads ${key} of the ${kind} ${name}, which is not there`);
  }
  return problems;
}

/** Who may call whom, as `from -> to:port` by component; `*` is anybody. Only what both sides allow. */
export function conversations(manifests) {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
  const components = [...new Set(manifests.filter(podSpecOf).map(labelsOf).map((labels) => labels[COMPONENT]))];
  const labelsBy = new Map(manifests.filter(podSpecOf).map((manifest) => [labelsOf(manifest)[COMPONENT], labelsOf(manifest)]));
  const rulesOf = (component, direction) =>
    policies.filter(({ spec }) => selects(spec.podSelector, labelsBy.get(component))).flatMap(({ spec }) => spec[direction] ?? []);
  const found = [];
  for (const to of components) {
    for (const { from, ports } of rulesOf(to, 'ingress')) {
      for (const port of ports.map(portText)) {
        if (from === undefined || from.some(({ podSelector }) => podSelector === undefined)) found.push(`* -> ${to}:${port}`);
        const callers = components.filter((component) => from?.some(({ podSelector }) => podSelector && selects(podSelector, labelsBy.get(component))));
        for (const caller of callers) {
          const allowed = rulesOf(caller, 'egress').some(
            (rule) => rule.ports.map(portText).includes(port) && (rule.to === undefined || rule.to.some(({ podSelector }) => podSelector && selects(podSelector, labelsBy.get(to)))),
          );
          found.push(allowed ? `${caller} -> ${to}:${port}` : `${caller} may not leave for ${to}:${port}`);
        }
      }
    }
  }
  return [...new Set(found)].sort();
}

const COMPONENT = 'app.kubernetes.io/component';
const labelsOf = (manifest) => (manifest.kind === 'Pod' ? manifest : manifest.spec.template).metadata.labels;
const portText = ({ port, endPort }) => (endPort ? `${port}-${endPort}` : `${port}`);

function selects({ matchLabels = {}, matchExpressions = [] }, labels) {
  const fits = ({ key, operator, values = [] }) => (operator === 'In' ? values.includes(labels[key]) : operator === 'NotIn' ? !values.includes(labels[key]) : false);
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(fits);
}

function backendsOf(manifests) {
  return manifests.flatMap((manifest) => {
    const title = titleOf(manifest);
    if (manifest.kind === 'Ingress') {
      const services = manifest.spec.rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service));
      return services.map(({ name, port }) => [title, name, port.name ?? port.number]);
    }
    if (manifest.kind === 'HTTPRoute') return manifest.spec.rules.flatMap(({ backendRefs }) => backendRefs.map(({ name, port }) => [title, name, port]));
    return [];
  });
}

/** Every ConfigMap and Secret a pod or a monitor reads: `[who, kind, name, keys]`. */
function referencesOf(manifests) {
  const monitors = manifests.filter(({ kind }) => kind === 'PodMonitor').flatMap((monitor) =>
    monitor.spec.podMetricsEndpoints.map(({ authorization: { credentials } }) => [titleOf(monitor), 'Secret', credentials.name, [credentials.key]]),
  );
  const pods = manifests.filter(podSpecOf).flatMap((manifest) => {
    const { containers, volumes = [] } = podSpecOf(manifest);
    const title = titleOf(manifest);
    return [
      ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => [title, 'ConfigMap', configMapRef.name, []])),
      ...containers.flatMap(({ env = [] }) => env).filter(({ valueFrom }) => valueFrom?.secretKeyRef)
        .map(({ valueFrom: { secretKeyRef } }) => [title, 'Secret', secretKeyRef.name, [secretKeyRef.key]]),
      ...volumes.filter(({ configMap }) => configMap).map(({ configMap }) => [title, 'ConfigMap', configMap.name, []]),
      ...volumes.filter(({ secret }) => secret).map(({ secret }) => [title, 'Secret', secret.secretName, secret.items.map(({ key }) => key)]),
    ];
  });
  return [...monitors, ...pods];
}
