import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';
import { composeFile } from './compose-file.mjs';
import { KNOWN_METRICS, SCRAPE_LABELS } from './known-metrics.mjs';
import { onPath } from './programs.mjs';
import { readsOf } from './prometheus-expression.mjs';
import { readYaml, writeYaml } from './yaml-text.mjs';

const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const ruleFiles = readdirSync(join(ROOT, 'deploy/prometheus/rules')).map((name) => `deploy/prometheus/rules/${name}`);
const rules = ruleFiles.flatMap((path) => readYaml(read(path)).groups).flatMap((group) => group.rules);
/** Recordings by name, with the labels they keep: those they group by, of which a quantile uses up `le`. */
const recorded = new Map(rules.filter(({ record }) => record).map(({ record, expr }) => [record, readsOf(expr).grouped.filter((label) => label !== 'le')]));
const dashboards = readdirSync(join(ROOT, 'deploy/grafana/dashboards')).map((file) => ({ file, ...JSON.parse(read(`deploy/grafana/dashboards/${file}`)) }));
const expressionsOf = (dashboard) => dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr]));
/** What a variable's values are asked for with: the expression, or the metric and its label. */
const queriesOf = (dashboard) =>
  dashboard.templating.list.filter(({ type }) => type === 'query').map(({ name, query: { query }, definition }) => {
    const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
    return { name, query, definition, expression: series ? `count by (${label}) (${series})` : /^query_result\((.+)\)$/.exec(query)?.[1] };
  });

/** The names and labels in an expression that nothing exposes. */
function unknownIn(expression) {
  const { series, grouped } = readsOf(expression);
  const metrics = series.map(({ metric }) => metric).filter((metric) => !(metric in KNOWN_METRICS) && !recorded.has(metric));
  const labels = series.flatMap(({ metric, labels: used }) => (metrics.includes(metric) ? [] : used.filter((label) => !labelsOf(metric).includes(label))));
  const known = new Set(series.flatMap(({ metric }) => labelsOf(metric)));
  return [...metrics, ...labels, ...grouped.filter((label) => !known.has(label))];
}
const labelsOf = (metric) => recorded.get(metric) ?? [...SCRAPE_LABELS, ...(KNOWN_METRICS[metric] ?? [])];

describe('reading an expression', () => {
  it('finds the series, their labels and what they are grouped by', () => {
    expect(readsOf('histogram_quantile(0.9, sum by (a, le) (rate(x_bucket{b="c{d}", e=~"f"}[5m]))) > on (g) y:z:sum and up offset 1m')).toEqual({
      series: [{ metric: 'x_bucket', labels: ['b', 'e'] }, { metric: 'y:z:sum', labels: [] }, { metric: 'up', labels: [] }, ],
      grouped: ['a', 'le', 'g'],
    });
  });
});

describe('what is checked of an expression', () => {
  it.each([
    ['a metric nothing exposes', 'rate(slipway_proxy_request_total[1m])', ['slipway_proxy_request_total']],
    ['a label the metric does not have', 'slipway_proxy_requests_in_flight{replica="a"}', ['replica']],
    ['a label a recording does not keep', 'slipway:revision_requests:rate1m{status="2xx"}', ['status']],
    ['a quantile by bucket', 'slipway:revision_request_duration_seconds:p95_5m{le="1"}', ['le']],
    ['an instance of what was added up', 'slipway:projection_lag:max{instance="a"}', ['instance']],
    ['a grouping by what is not there', 'sum by (replica) (slipway:revision_requests:rate1m)', ['replica']],
  ])('refuses %s', (_what, expression, unknown) => {
    expect(unknownIn(expression)).toEqual(unknown);
  });
});

describe.each(dashboards.map((dashboard) => [dashboard.file, dashboard]))('the dashboard %s', (_file, dashboard) => {
  it('asks for metrics and labels that there are', () => {
    const unknown = expressionsOf(dashboard).flatMap(([title, expression]) => unknownIn(expression).map((name) => `${title}: ${name}`));
    expect(unknown).toEqual([]);
  });

  it('fills its variables from metrics and labels that there are', () => {
    for (const { name, query, definition, expression } of queriesOf(dashboard)) {
      expect([name, definition, expression && unknownIn(expression)]).toEqual([name, query, []]);
    }
  });

  it('has panels with a title, a meaning, a unit and a place of their own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken = new Set();
    for (const { type, title, description, targets, fieldConfig, gridPos } of dashboard.panels) {
      expect(title).not.toBe('');
      if (type !== 'row') expect([title, Boolean(description), targets.length > 0, Boolean(fieldConfig.defaults.unit)]).toEqual([title, true, true, true]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, x < 24, taken.has(`${x},${y}`)]).toEqual([title, true, false]);
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  it('uses the variables it has', () => {
    const variables = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = [...JSON.stringify(dashboard.panels).matchAll(/\$\{?([a-z]+)\b/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(variables);
  });
});

describe('Grafana', () => {
  it('finds dashboards and sources where it is told to look', () => {
    const { services } = composeFile();
    const grafana = services.find(({ name }) => name === 'grafana');
    const mounted = new Map(grafana.mounts.map(({ source, target }) => [target, source]));
    const [provider] = readYaml(read('deploy/grafana/provisioning/dashboards/dashboards.yml')).providers;
    expect(mounted.get(provider.options.path)).toBe('./deploy/grafana/dashboards');
    expect(mounted.get('/etc/grafana/provisioning')).toBe('./deploy/grafana/provisioning');
    const home = grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
    expect(existsSync(join(ROOT, home.replace(provider.options.path, 'deploy/grafana/dashboards')))).toBe(true);
    const { datasources } = readYaml(read('deploy/grafana/provisioning/datasources/datasources.yml'));
    expect(datasources.filter(({ isDefault }) => isDefault).map(({ type }) => type)).toEqual(['prometheus']);
  });

  it('has dashboards that can be told apart', () => {
    expect(dashboards.map(({ title }) => title).sort()).toEqual(['Slipway control plane & log', 'Slipway data plane', 'Slipway overview', 'Slipway revisions']);
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  });
});

describe('Prometheus', () => {
  const config = readYaml(read('deploy/prometheus/prometheus.yml'));

  it('scrapes every service once, at its health port, with the token', () => {
    const [slipway] = config.scrape_configs;
    expect(slipway.dns_sd_configs).toEqual([expect.objectContaining({ names: ['registry', 'orchestrator', 'metrics', 'autoscaler', 'gateway', 'proxy', 'relay'], port: 9464 })]);
    expect(config.scrape_configs.filter((job) => JSON.stringify(job).includes('proxy'))).toEqual([slipway]);
    expect(slipway.authorization).toEqual({ type: 'Bearer', credentials_file: '/run/secrets/prometheus/metrics-token' });
    const { services } = composeFile();
    for (const name of slipway.dns_sd_configs[0].names) expect(services.find((one) => one.name === name).environment.SLIPWAY_HEALTH_PORT).toBe('9464');
  });

  it.each(rules.map((rule) => [rule.record ?? rule.alert, rule]))('has a rule %s that asks for what there is', (_name, rule) => {
    expect(unknownIn(rule.expr)).toEqual([]);
    if (rule.alert) expect(rule).toMatchObject({ for: expect.any(String), labels: { severity: expect.stringMatching(/^(warning|critical)$/) }, annotations: { summary: expect.any(String) } });
    else expect(rule.record).toMatch(/^slipway:[a-z0-9_]+:[a-z0-9_]+$/);
  });

  it('has no recording that nothing needs the name of twice', () => {
    const names = rules.map(({ record, alert }) => record ?? alert);
    expect(new Set(names).size).toBe(names.length);
  });

  const hasPromtool = onPath('promtool');
  (hasPromtool ? it : it.skip)(`takes rules and the expressions of all panels and variables${hasPromtool ? '' : ' (there is no promtool on the PATH)'}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'slipway-promtool-'));
    try {
      const asked = dashboards.flatMap((dashboard) => [...expressionsOf(dashboard).map(([, expr]) => expr), ...queriesOf(dashboard).map(({ expression }) => expression)]);
      const panels = asked.map((expr, index) => ({ record: `panel:expression:${index}`, expr: expr.replaceAll('$__range', '30m').replace(/\$[a-z]+/g, '.*') }));
      writeFileSync(join(directory, 'panels.yml'), writeYaml({ groups: [{ name: 'panels', rules: panels }] }));
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', ...ruleFiles.map((path) => join(ROOT, path)), join(directory, 'panels.yml')], { encoding: 'utf8' });
      expect({ status, stderr, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining(`SUCCESS: ${panels.length} rules found`) });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  (hasPromtool ? it : it.skip)(`makes recordings by revision that tell of one that never succeeded${hasPromtool ? '' : ' (there is no promtool on the PATH)'}`, () => {
    const { status, stderr } = spawnSync('promtool', ['test', 'rules', join(ROOT, 'tools/setup/deploy-checks/recordings.promtool.yml')], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the list of metrics', () => {
  const sources = ['libs', 'apps'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).flatMap((project) => {
      const source = join(ROOT, folder, project, 'src');
      if (!existsSync(source)) return [];
      return readdirSync(source, { recursive: true }).filter((path) => path.endsWith('.ts') && !/\.spec\.ts$|fixtures/.test(path)).map((path) => readFileSync(join(source, path), 'utf8'));
    }),
  );

  it('has what the proxy writes, and no more', () => {
    const written = [...read('apps/proxy/src/prometheus-text.ts').matchAll(/'(slipway_proxy_\w+)'/g)].map(([, name]) => name);
    const listed = Object.keys(KNOWN_METRICS).filter((name) => name.startsWith('slipway_proxy_')).map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    expect(new Set(listed)).toEqual(new Set(written));
  });

  it('has every gauge of ours by the name Prometheus gives it', () => {
    const SUFFIXES = { s: '_seconds', ms: '_milliseconds', By: '_bytes', '1': '_ratio' };
    const calls = /observe\w*Gauge\(\s*'(slipway\.[\w.]+)',\s*'[^']*',\s*'([^']*)'/g;
    const tables = /name: '(slipway\.[\w.]+)', description: '[^']*', unit: '([^']*)'/g;
    const gauges = sources.flatMap((text) => [...text.matchAll(calls), ...text.matchAll(tables)]);
    const names = gauges.map(([, name, unit]) => name.replaceAll('.', '_') + (SUFFIXES[unit] ?? ''));
    expect(names.filter((name) => !(name in KNOWN_METRICS))).toEqual([]);
  });
});

describe('the collector', () => {
  it('has pipelines of parts that are set up, and sets up none it does not use', () => {
    const config = readYaml(read('deploy/otel/collector.yml'));
    const { pipelines, extensions } = config.service;
    for (const kind of ['receivers', 'processors', 'exporters']) {
      expect(new Set(Object.values(pipelines).flatMap((pipeline) => pipeline[kind]))).toEqual(new Set(Object.keys(config[kind])));
    }
    expect(extensions).toEqual(Object.keys(config.extensions));
  });
});
