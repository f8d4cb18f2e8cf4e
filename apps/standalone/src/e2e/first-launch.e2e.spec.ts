import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import OpenAI from 'openai';
import { homeDirectory, places } from '../config.js';
import { look } from './deployments.js';
import { ask } from './load.js';
import { PlatformLab, WAIT_LIMIT_MS } from './platform-lab.js';
import { isCluster } from './platform-shape.js';
import { verifyLog } from './verify-log.js';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('skipped: there is no curl here, so the curl snippet is not tried\n');

describe('the first launch', () => {
  it('S5.34 deploys the bundled model, asks it, says what is needed next, stops everything, and is there again', async () => {
    await using lab = await PlatformLab.create();
    await lab.start([]);
    expect(lab.output).toMatch(/Admin token, shown this once: slipway_admin_\S+/);
    expect(lab.output).toMatch(/tiny {2}PROVISIONING[\s\S]*tiny {2}ACTIVE {7}1\/1 replicas ready/);
    expect(lab.output).toContain('There was once a poor widow who lived in a lonely cottage.'); // seed 6 of the bundled model
    const at = places(lab.dataDir);
    expect([at.adminToken, at.demoToken, at.masterKey].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);

    const { curl, sdk } = snippets(lab.output);
    if (hasCurl) expect(pasted(curl)).toMatch(/data: \{.*"finish_reason":"(stop|length)"[\s\S]*data: \[DONE\]/);
    expect(pasted(sdk).length).toBeGreaterThan(20);

    const apiKey = readFileSync(at.demoToken, 'utf8').trim();
    const openai = new OpenAI({ baseURL: lab.baseUrl, apiKey, maxRetries: 0 });
    const { data } = await openai.models.list();
    expect(data.map(({ id }) => id)).toEqual(['tiny']);
    expect(await ask(openai, 'tiny', true, 20)).toMatchObject({ failure: null });
    expect(await ask(openai, 'default/tiny', false, 20)).toMatchObject({ failure: null });

    expect(lab.enginePids()).toHaveLength(1);
    expect(await lab.interrupt()).toBe(0);
    expect(lab.output).toContain('Stopped.');
    expect(lab.enginePids()).toEqual([]);

    await lab.start([]);
    expect(lab.output).not.toContain('shown this once');
    expect(lab.output).not.toContain('> Tell me a story');
    expect(await ask(openai, 'tiny', true, 20)).toMatchObject({ failure: null });
    const { deployments } = await lab.graph.ask<{ deployments: { id: string; name: string }[] }>('{ deployments { id name } }');
    expect(deployments.map(({ name }) => name)).toEqual(['tiny']);
    expect(await look(lab.graph, deployments[0]?.id ?? '')).toMatchObject({ status: 'ACTIVE' });
    expect(verifyLog(lab)).toMatchObject({ exitCode: 0 }); // while it runs
    expect(await lab.interrupt()).toBe(0);
    expect(verifyLog(lab)).toMatchObject({ exitCode: 0 });
  });

  it('does not bring back a demo that was deleted', async () => {
    await using lab = await PlatformLab.create();
    await lab.start([]);
    const { deployments } = await lab.graph.ask<{ deployments: { id: string }[] }>('{ deployments { id } }');
    await lab.graph.ask('mutation ($id: ID!) { deleteModelServingDeployment(id: $id) }', { id: deployments[0]?.id });
    expect(await lab.interrupt()).toBe(0);
    await lab.start([]);
    expect(await lab.graph.ask('{ deployments(filter: { status: ACTIVE }) { id } }')).toEqual({ deployments: [] });
    expect(await lab.interrupt()).toBe(0);
  });

  const inFile = isCluster() ? it.skip : it; // in a cluster the log is no file of the platform's
  inFile('says in one line that its log is damaged, and ends with a code that tells', async () => {
    await using lab = await PlatformLab.create();
    writeFileSync(places(lab.dataDir).log, 'this is no log');
    const ended = lab.run(['--no-demo']);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toMatch(/slipway: the event log .*log\.sqlite/);
    expect(ended.status).toBe(1);
  });

  it.each<[string, (lab: PlatformLab) => (() => void) | void, readonly string[], RegExp, number]>([
    ['an unknown option', () => undefined, ['--frobnicate'], /slipway: .*--frobnicate/, 2],
    ['a data directory that cannot be written', (lab) => void writeFileSync(path.join(lab.dataDir, 'file'), ''), [], /slipway: the data directory .* cannot be written/, 1],
  ])('says in one line what is wrong with %s, and ends with a code that tells', async (what, prepare, args, line, exitCode) => {
    await using lab = await PlatformLab.create();
    prepare(lab);
    const environ = what.startsWith('a data directory') ? { SLIPWAY_DATA_DIR: path.join(lab.dataDir, 'file', 'below') } : {};
    const ended = lab.run(args, environ);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toMatch(line);
    expect(ended.status).toBe(exitCode);
  });

  it.each(['SLIPWAY_GATEWAY_PORT', 'SLIPWAY_PROXY_PORT'])('says which port is occupied, and which variable changes it: %s', async (variable) => {
    await using lab = await PlatformLab.create();
    const port = variable === 'SLIPWAY_GATEWAY_PORT' ? lab.gatewayPort : lab.proxyPort;
    const occupant = net.createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => occupant.once('listening', resolve));
    const ended = lab.run(['--no-demo']);
    occupant.close();
    expect(ended.stderr).toBe(`slipway: port ${port} is in use; stop what uses it or set ${variable} to another port\n`);
    expect(ended.status).toBe(1);
    expect(lab.enginePids()).toEqual([]);
  });
});

/** What a person would copy: from `curl` to the last quote, and the script with its here-document. */
function snippets(output: string): { readonly curl: string; readonly sdk: string } {
  const curl = /^curl -N [\s\S]*?-d '.*'$/m.exec(output)?.[0];
  const sdk = /^node_modules\/\.bin\/node [\s\S]*?^EOF$/m.exec(output)?.[0];
  if (curl === undefined || sdk === undefined) throw new Error(`no snippets in: ${output}`);
  return { curl, sdk };
}

function pasted(snippet: string): string {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', snippet], { cwd: homeDirectory, encoding: 'utf8', timeout: WAIT_LIMIT_MS });
  if (status !== 0) throw new Error(`${snippet}\nended with ${status}: ${stderr}`);
  return stdout;
}

