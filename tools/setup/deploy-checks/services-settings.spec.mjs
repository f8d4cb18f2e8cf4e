import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';
import { checkedIn, titleOf } from './chart-rendering.mjs';
import { composeFile } from './compose-file.mjs';
import { podSpecOf } from './pod-policies.mjs';

const HELP_TIMEOUT_MS = 120_000;
const NODE_OWN = new Set(['NODE_OPTIONS']);

/** The settings a built service names with `--help`, and whether each must be given; null where the service is not built. */
function settingsOf(service) {
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'apps', service, 'dist/main.js'), '--help'], { encoding: 'utf8', timeout: HELP_TIMEOUT_MS });
  const lines = status === 0 ? [...stdout.matchAll(/^ {2}((?:SLIPWAY|OTEL)_[A-Z0-9_]+)\s+.*\((.*)\)$/gm)] : [];
  return lines.length === 0 ? null : new Map(lines.map(([, name, notes]) => [name, { required: notes.split(', ').includes('required'), byFile: notes.includes(`${name}_FILE`) }]));
}

const composed = new Map(composeFile().services.map(({ name, environment }) => [name, Object.keys(environment)]));
const inChart = (service) => {
  const manifests = checkedIn('everything');
  const [container] = podSpecOf(manifests.find((manifest) => titleOf(manifest) === `Deployment/slipway-${service}`)).containers;
  const shared = Object.keys(manifests.find((manifest) => titleOf(manifest) === 'ConfigMap/slipway-settings').data);
  return { own: container.env.map(({ name }) => name), shared };
};

describe.each(['registry', 'orchestrator', 'metrics', 'autoscaler', 'gateway', 'proxy', 'relay'])('%s', (service) => {
  const settings = settingsOf(service);
  const isBuilt = settings !== null;
  const withoutFile = (name) => (settings.get(name.replace(/_FILE$/, ''))?.byFile ? name.replace(/_FILE$/, '') : name);
  const unknown = (names) => names.filter((name) => !NODE_OWN.has(name) && !settings.has(withoutFile(name)));
  const missing = (names) => [...settings].filter(([name, { required }]) => required && !names.map(withoutFile).includes(name)).map(([name]) => name);

  (isBuilt ? it : it.skip)(`is told by docker compose what it asks for, and nothing else${isBuilt ? '' : ' (not built)'}`, () => {
    expect({ unknown: unknown(composed.get(service)), missing: missing(composed.get(service)) }).toEqual({ unknown: [], missing: [] });
  });

  (isBuilt ? it : it.skip)(`is told by the chart what it asks for, and nothing else${isBuilt ? '' : ' (not built)'}`, () => {
    const { own, shared } = inChart(service);
    expect({ unknown: unknown(own), missing: missing([...own, ...shared]) }).toEqual({ unknown: [], missing: [] });
  });
});
