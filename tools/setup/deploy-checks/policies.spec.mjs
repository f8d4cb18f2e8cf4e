import { checkedIn, titleOf } from './chart-rendering.mjs';
import { kubernetesSchemas } from './kubernetes-schemas.mjs';
import { podProblems } from './pod-policies.mjs';
import { conversations, releaseProblems } from './release-policies.mjs';

/** The bundled release after one thing in one of its objects was changed. */
function changed(title, change) {
  const manifests = checkedIn('bundled');
  change(manifests.find((manifest) => titleOf(manifest) === title));
  return manifests;
}

/** One object of it after that. */
function changedOne(title, change) {
  const manifest = checkedIn('bundled').find((one) => titleOf(one) === title);
  change(manifest);
  return manifest;
}
const proxyPod = (manifest) => manifest.spec.template.spec;
const proxy = (manifest) => proxyPod(manifest).containers[0];

describe('what is checked of a pod', () => {
  it.each([
    ['may run as root', (manifest) => void (proxyPod(manifest).securityContext.runAsUser = 0)],
    ['gets a token of the API server', (manifest) => void delete proxyPod(manifest).automountServiceAccountToken],
    ['shares a name space with its node', (manifest) => void (proxyPod(manifest).hostNetwork = true)],
    ['has no seccomp profile', (manifest) => void delete proxyPod(manifest).securityContext.seccompProfile],
    ['may write to its root file system', (manifest) => void delete proxy(manifest).securityContext.readOnlyRootFilesystem],
    ['may gain privileges', (manifest) => void (proxy(manifest).securityContext.allowPrivilegeEscalation = true)],
    ['keeps capabilities', (manifest) => void (proxy(manifest).securityContext.capabilities = { drop: ['ALL'], add: ['NET_ADMIN'] })],
    ['without a version', (manifest) => void (proxy(manifest).image = 'slipway:latest')],
    ['lacks requests or a memory limit', (manifest) => void delete proxy(manifest).resources.limits],
    ['has no readinessProbe', (manifest) => void delete proxy(manifest).readinessProbe],
    ['asks the port metrics, which it does not have', (manifest) => void (proxy(manifest).livenessProbe.httpGet.port = 'metrics')],
    ['is killed before it has lingered', (manifest) => void (proxyPod(manifest).terminationGracePeriodSeconds = 5)],
    ['has a variable twice', (manifest) => void proxy(manifest).env.push({ name: 'SLIPWAY_PROXY_PORT', value: '1' })],
    ['mounts cache, which is no volume', (manifest) => void proxy(manifest).volumeMounts.push({ name: 'cache', mountPath: '/cache' })],
    ['may fill its node through tmp', (manifest) => void (proxyPod(manifest).volumes[0] = { name: 'tmp', emptyDir: {} })],
  ])('refuses one that %s', (problem, change) => {
    expect(podProblems(changedOne('Deployment/slipway-proxy', change))).toEqual([expect.stringContaining(problem)]);
  });
});

describe('what is checked of a release', () => {
  it.each([
    ['does not select its own pods', 'Deployment/slipway-relay', (manifest) => void (manifest.spec.selector.matchLabels.tier = 'x')],
    ['selects pods of', 'Deployment/slipway-relay', (manifest) => void delete manifest.spec.selector.matchLabels['app.kubernetes.io/component']],
    ['has 0 PodDisruptionBudgets', 'PodDisruptionBudget/slipway-relay', (manifest) => void (manifest.spec.selector.matchLabels.tier = 'x')],
    ['has no NetworkPolicy of its own', 'NetworkPolicy/slipway-relay', (manifest) => void (manifest.spec.podSelector.matchLabels.tier = 'x')],
    ['loses a pod before its successor is ready', 'Deployment/slipway-relay', (manifest) => void (manifest.spec.strategy.rollingUpdate.maxUnavailable = 1)],
    ['is counted by two or by nobody', 'Deployment/slipway-proxy', (manifest) => void (manifest.spec.replicas = 2)],
    ['scales nothing', 'HorizontalPodAutoscaler/slipway-proxy', (manifest) => void (manifest.spec.scaleTargetRef.name = 'proxy')],
    ['leads to the port web, which its pods do not have', 'Service/slipway-gateway', (manifest) => void (manifest.spec.ports[0].targetPort = 'web')],
    ['stands before 0 workloads', 'Service/slipway-gateway', (manifest) => void (manifest.spec.selector.tier = 'x')],
    ['reads nats-url of the Secret slipway-secrets, which is not there', 'Secret/slipway-secrets', (manifest) => void delete manifest.data['nats-url']],
    ['reads the ConfigMap slipway-settings, which is not there', 'ConfigMap/slipway-settings', (manifest) => void (manifest.metadata.name = 'settings')],
  ])('refuses one that %s', (problem, title, change) => {
    expect(releaseProblems(changed(title, change))).toContainEqual(expect.stringContaining(problem));
  });

  it('tells when only one side lets two of them talk', () => {
    const manifests = changed('NetworkPolicy/slipway-gateway', (policy) => void (policy.spec.egress = []));
    expect(conversations(manifests)).toContain('gateway may not leave for registry:4101');
  });
});

describe('what is checked of an object', () => {
  const { problemsOf } = kubernetesSchemas();
  it.each([
    ['a misspelt field', 'Deployment/slipway-relay', (manifest) => void (manifest.spec.replica = 2), '/spec must NOT have additional properties (replica)'],
    ['a field of the wrong type', 'Deployment/slipway-relay', (manifest) => void (manifest.spec.replicas = '2'), '/spec/replicas must be integer'],
    ['a field that is missing', 'Deployment/slipway-relay', (manifest) => void delete manifest.spec.selector, "/spec must have required property 'selector'"],
    ['a misspelt field deep inside', 'Deployment/slipway-relay', (manifest) => void (manifest.spec.template.spec.containers[0].livenessProbe.httpGet.uri = '/'), 'additional properties (uri)'],
    ['a rule of a NetworkPolicy that is none', 'NetworkPolicy/slipway-relay', (manifest) => void (manifest.spec.egress[0].from = []), 'additional properties (from)'],
    ['a kind nobody knows', 'Deployment/slipway-relay', (manifest) => void (manifest.kind = 'Deploiment'), 'no schema for apps/v1 Deploiment'],
  ])('refuses %s', (_what, title, change, problem) => {
    expect(problemsOf(changedOne(title, change))).toEqual([expect.stringContaining(problem)]);
  });
});
