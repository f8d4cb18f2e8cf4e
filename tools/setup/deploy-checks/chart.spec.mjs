import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';
import { CHART, canonicalText, chartRenderer, checkedIn, EXAMPLES, manifestsIn, renderedFile, titleOf, valuesFile } from './chart-rendering.mjs';
import { SECRET_SETTINGS, unknownSettings } from './known-settings.mjs';
import { kubernetesSchemas } from './kubernetes-schemas.mjs';
import { podProblems, podSpecOf } from './pod-policies.mjs';
import { natsServer } from './programs.mjs';
import { conversations, releaseProblems } from './release-policies.mjs';
import { readYaml } from './yaml-text.mjs';

const RENDER_TIMEOUT_MS = 120_000;
const SERVICES = ['autoscaler', 'gateway', 'metrics', 'orchestrator', 'proxy', 'registry', 'relay'];
const renderer = chartRenderer();

describe.each(EXAMPLES)('the chart, rendered with the %s values', (example) => {
  const manifests = checkedIn(example);
  const schemas = kubernetesSchemas();

  it('makes nothing an API server that checks strictly would refuse', () => {
    expect(manifests.flatMap((manifest) => schemas.problemsOf(manifest).map((problem) => `${titleOf(manifest)} ${problem}`))).toEqual([]);
  });

  it('runs every container without root, rights, a writable root file system or unlimited memory, and asks after its health', () => {
    expect(manifests.filter(podSpecOf).flatMap(podProblems)).toEqual([]);
  });

  it('makes objects that find each other: selectors, ports, budgets, accounts, settings, secrets', () => {
    expect(releaseProblems(manifests, ['slipway-from-vault'])).toEqual([]);
  });

  it('tells services nothing they do not know, and no secret in the clear', () => {
    const settings = manifests.find((manifest) => titleOf(manifest) === 'ConfigMap/slipway-settings').data;
    const variables = manifests.filter(podSpecOf).flatMap((manifest) => podSpecOf(manifest).containers.flatMap(({ env = [] }) => env));
    const names = [...Object.keys(settings), ...variables.map(({ name }) => name)];
    expect(unknownSettings(names)).toEqual([]);
    expect(names.filter((name) => SECRET_SETTINGS.has(name))).toEqual([]);
  });

  it('runs every service of the cluster shape', () => {
    const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual(SERVICES.map((service) => `slipway-${service}`));
    for (const { spec } of deployments) {
      const [container] = spec.template.spec.containers;
      expect(container.args).toEqual([`apps/${container.name}/dist/main.js`]);
    }
  });
});

describe('NetworkPolicies', () => {
  const METRICS = SERVICES.map((service) => `* -> ${service}:9464`);
  const INSIDE = [
    '* -> gateway:4000',
    '* -> proxy:8000',
    'gateway -> autoscaler:4104',
    'gateway -> metrics:4103',
    'gateway -> orchestrator:4102',
    'gateway -> registry:4101',
    'metrics -> orchestrator:1024-65535',
    'proxy -> orchestrator:1024-65535',
  ];
  const toServers = ['autoscaler', 'metrics', 'orchestrator', 'proxy', 'registry', 'relay'].flatMap((from) => [`${from} -> nats:4222`, `${from} -> postgres:5432`]);

  it('let people in by the two doors alone, and services talk to whom they need', () => {
    expect(conversations(checkedIn('minimal'))).toEqual([...INSIDE, ...METRICS].sort());
  });

  it('let only the services at the bundled servers', () => {
    expect(conversations(checkedIn('bundled'))).toEqual([...INSIDE, ...METRICS, ...toServers].sort());
  });

  it('let only the named callers in, and the test pod', () => {
    expect(conversations(checkedIn('everything'))).toEqual([...INSIDE, ...METRICS, 'test -> gateway:4000', 'test -> proxy:8000'].sort());
    const policies = checkedIn('everything').filter(({ kind }) => kind === 'NetworkPolicy');
    const open = policies.flatMap(({ metadata, spec }) => (spec.ingress ?? []).filter(({ from }) => from === undefined).map(() => metadata.name));
    expect(open).toEqual([]);
  });
});

const server = natsServer();
(server ? describe : describe.skip)(`the bundled NATS${server ? '' : ' (there is no nats-server here)'}`, () => {
  let directory;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'slipway-bundled-nats-'));
    const settings = checkedIn('bundled').find((manifest) => titleOf(manifest) === 'ConfigMap/slipway-nats').data['nats.conf'];
    writeFileSync(join(directory, 'nats.conf'), settings);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  // What looks like a number, a date or a truth to the server's configuration language is none.
  it.each(['word', '12e4xyz', '123', '5G', 'true', '2024-01-01Tabc'])('takes the password %s', (password) => {
    const [container] = podSpecOf(checkedIn('bundled').find((manifest) => titleOf(manifest) === 'StatefulSet/slipway-nats')).containers;
    const { value } = container.env.find(({ name }) => name === 'NATS_PASSWORD');
    const environment = { POD_NAME: 'slipway-nats-0', NATS_PASSWORD: value.replace('$(NATS_PASSWORD_TEXT)', password) };
    const { status, stderr } = spawnSync(server, ['-t', '-c', join(directory, 'nats.conf')], { encoding: 'utf8', env: environment });
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('is valid') });
  });
});

describe('the monitors', () => {
  it('ask every service once, at its health port', () => {
    const monitors = checkedIn('everything').filter(({ kind }) => kind === 'PodMonitor');
    const asked = monitors.map(({ spec }) => [spec.podMetricsEndpoints[0].port, spec.selector.matchExpressions[0].values.toSorted()]);
    expect(asked).toEqual([['health', SERVICES]]);
  });
});

describe('the chart', () => {
  it('has the version of what it installs', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(readYaml(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
  });

  it('brings the dashboards and rules that docker compose uses', () => {
    const manifests = checkedIn('everything');
    const dashboards = manifests.find((manifest) => titleOf(manifest) === 'ConfigMap/slipway-dashboards').data;
    for (const name of ['overview', 'data-plane', 'control-plane', 'revisions']) {
      expect(JSON.parse(dashboards[`slipway-${name}.json`])).toEqual(JSON.parse(readFileSync(join(ROOT, `deploy/grafana/dashboards/${name}.json`), 'utf8')));
    }
    const rules = manifests.find(({ kind }) => kind === 'PrometheusRule').spec.groups;
    const files = ['alerts', 'recordings'].flatMap((name) => readYaml(readFileSync(join(ROOT, `deploy/prometheus/rules/${name}.yml`), 'utf8')).groups);
    expect(rules).toEqual(files);
  });
});

const unrendered = 'the chart cannot be rendered here (no helm; no Go with sprig and yaml): the checked-in manifests stand for it';
(renderer === null ? describe.skip : describe)(renderer === null ? unrendered : `rendering the chart with ${renderer.name}`, () => {
  it.each(EXAMPLES)(
    'gives the checked-in manifests for the %s values (SLIPWAY_UPDATE_GENERATED=1 writes them)',
    (example) => {
      const { code, output, complaint } = renderer.render(valuesFile(example));
      expect({ code, complaint }).toEqual({ code: 0, complaint: '' });
      const rendered = canonicalText(manifestsIn(output));
      if (process.env.SLIPWAY_UPDATE_GENERATED === '1') writeFileSync(renderedFile(example), rendered);
      expect(rendered).toBe(readFileSync(renderedFile(example), 'utf8'));
    },
    RENDER_TIMEOUT_MS,
  );

  it(
    'is refused without a database, in words that say what to do',
    () => {
      const { code, complaint } = renderer.render();
      expect(code).not.toBe(0);
      expect(complaint).toContain("--set externalDatabase.url='postgres://user:password@host:5432/database'");
      expect(complaint).toContain('--set bundled.postgres.enabled=true');
    },
    RENDER_TIMEOUT_MS,
  );

  it(
    'ends with notes that say how to sign in',
    () => {
      const { output } = renderer.render(valuesFile('bundled'), true);
      expect(output).toContain("get secret slipway-secrets --output jsonpath='{.data.admin-token}' | base64 --decode");
      expect(output).toContain('port-forward service/slipway-gateway 4000:4000');
    },
    RENDER_TIMEOUT_MS,
  );
});
