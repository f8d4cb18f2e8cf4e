import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../workspace.mjs';
import { onPath } from './programs.mjs';
import { readManifests, writeYaml } from './yaml-text.mjs';

export const CHART = join(ROOT, 'deploy/helm/slipway');
export const EXAMPLES = ['minimal', 'bundled', 'everything'];
export const valuesFile = (example) => join(ROOT, 'deploy/helm/examples', `${example}.values.yaml`);
export const renderedFile = (example) => join(ROOT, 'deploy/helm/rendered', `${example}.yaml`);

const RELEASE = 'slipway';
const NAMESPACE = 'slipway';
const RENDERER = join(ROOT, 'tools/setup/deploy-checks/render-chart/main.go');
/** Where Debian puts Go packages. */
const GO_PACKAGES = '/usr/share/gocode';
const NEEDED_GO_PACKAGES = ['github.com/Masterminds/sprig', 'sigs.k8s.io/yaml'];
const RENDER_TIMEOUT_MS = 120_000;

/** What renders the chart on this machine: `{ name, render(valuesFile?, notes?) → { code, output, complaint } }`; null when nothing can. */
export function chartRenderer() {
  if (onPath('helm')) return { name: 'helm', render: (file, notes) => (notes ? helmNotes(file) : helmTemplate(file)) };
  const hasPackages = NEEDED_GO_PACKAGES.every((name) => existsSync(join(GO_PACKAGES, 'src', name)));
  if (onPath('go') && hasPackages) return { name: 'go', render: goTemplate };
  return null;
}

/** The objects of a stream of YAML documents by kind and name; what is made by chance in a Secret is masked. */
export const manifestsIn = (text) => readManifests(text).map(masked).sort((one, other) => (titleOf(one) < titleOf(other) ? -1 : 1));

export const titleOf = ({ kind, metadata }) => `${kind}/${metadata.name}`;

/** The same objects always give the same text, whatever rendered them. */
export const canonicalText = (manifests) => manifests.map((manifest) => `---\n${writeYaml(manifest)}`).join('');

export const checkedIn = (example) => manifestsIn(readFileSync(renderedFile(example), 'utf8'));

const MASK = 'bWFkZSBieSBjaGFuY2U=';

function masked(manifest) {
  if (manifest.kind !== 'Secret') return manifest;
  return { ...manifest, data: Object.fromEntries(Object.keys(manifest.data).map((key) => [key, MASK])) };
}

function helmTemplate(file) {
  return run('helm', ['template', RELEASE, CHART, '--namespace', NAMESPACE, ...(file ? ['--values', file] : [])]);
}

/** Helm shows notes on a dry run only, below a heading of its own. */
function helmNotes(file) {
  const answer = run('helm', ['install', RELEASE, CHART, '--dry-run=client', '--namespace', NAMESPACE, ...(file ? ['--values', file] : [])]);
  return { ...answer, output: answer.output.split(/^NOTES:$/m)[1] ?? '' };
}

function goTemplate(file, notes = false) {
  const options = notes ? ['--notes'] : [];
  return run('go', ['run', RENDERER, ...options, CHART, RELEASE, NAMESPACE, ...(file ? [file] : [])], { GO111MODULE: 'off', GOPATH: GO_PACKAGES });
}

function run(program, args, environment = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
    timeout: RENDER_TIMEOUT_MS,
  });
  return { code: status, output: stdout, complaint: stderr };
}
