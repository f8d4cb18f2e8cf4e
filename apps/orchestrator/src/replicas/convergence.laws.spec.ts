import fc from 'fast-check';
import { openOrchestratorLab, type OrchestratorLab } from '../testing/orchestrator-lab.js';
import { until } from '../testing/until.js';

/** What may happen to a deployment, by others and by misfortune. */
type Happening =
  | { readonly type: 'activate' }
  | { readonly type: 'scale'; readonly to: number }
  | { readonly type: 'exit'; readonly which: number }
  | { readonly type: 'sicken'; readonly which: number }
  | { readonly type: 'heal' }
  | { readonly type: 'kill'; readonly step: number; readonly moment: 'before' | 'after' }
  | { readonly type: 'refuse'; readonly isPermanent: boolean }
  | { readonly type: 'proxyLags'; readonly lags: boolean }
  | { readonly type: 'wait'; readonly turns: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('activate' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('scale' as const), to: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('exit' as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('sicken' as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('heal' as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('kill' as const), step: fc.integer({ min: 1, max: 30 }), moment: fc.constantFrom('before' as const, 'after' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('refuse' as const), isPermanent: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('proxyLags' as const), lags: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('wait' as const), turns: fc.integer({ min: 1, max: 60 }) }) },
);

async function happenTo(lab: OrchestratorLab, id: string, what: Happening): Promise<void> {
  const running = (await lab.runtime.list()).filter(({ state }) => state === 'running');
  const victim = 'which' in what ? running[what.which % Math.max(1, running.length)] : undefined;
  switch (what.type) {
    case 'activate':
      return lab.registry.activate(id, await lab.registry.publish(id));
    case 'scale':
      return lab.registry.change(id, { desiredReplicaCount: what.to });
    case 'exit':
      if (victim !== undefined) lab.runtime.engines.exit(victim.replicaId, { exitCode: 1 });
      return;
    case 'sicken':
      if (victim !== undefined) lab.health.answers.set(victim.replicaId, 503);
      return;
    case 'heal':
      lab.health.answers.clear();
      return;
    case 'kill':
      void lab.generation.dieAt(what.step, what.moment);
      return;
    case 'refuse':
      lab.runtime.engines.interceptNextLaunch(() => Promise.resolve({ type: 'refused', reason: 'LAUNCH_FAILED', message: 'no', isPermanent: what.isPermanent }));
      return;
    case 'proxyLags':
      lab.proxyFollows = !what.lags;
      return;
    case 'wait':
      for (let turn = 0; turn < what.turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** From now on all is well; everything dead is started again. */
async function calm(lab: OrchestratorLab): Promise<void> {
  lab.health.answers.clear();
  lab.proxyFollows = true;
  await lab.kill();
  await lab.report();
}

describe('whatever happens to a deployment', () => {
  it('it comes to rest: one revision, as many replicas as desired, and no engine more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 16 }), async (happenings) => {
        await using lab = await openOrchestratorLab();
        const { id } = await lab.registry.create({ desiredReplicaCount: 2 });
        let desired = 2;
        for (const what of happenings) {
          await happenTo(lab, id, what);
          if (what.type === 'scale') desired = what.to;
          if (lab.generation.isDead) await lab.kill();
        }
        await calm(lab);
        await until(`${desired} replicas of one revision`, async () => {
          lab.clock.advance(1000); // replacements wait for it
          const { status, rollout, traffic, replicaManagement } = await lab.look(id);
          const { replicas } = replicaManagement;
          const isWalking = rollout?.status === 'RUNNING' || rollout?.status === 'ROLLING_BACK';
          if (isWalking || status === 'UPDATING' || status === 'PROVISIONING') return false;
          if (status === 'FAILED' && traffic.length === 0) return replicas.length === 0;
          const serving = traffic[0]?.revision.id;
          const areRight = replicas.every((replica) => replica.status === 'RUNNING' && replica.revision.id === serving);
          return traffic.length === 1 && replicas.length === desired && areRight && status !== (desired === 0 ? 'ACTIVE' : 'INACTIVE');
        }).catch(async (error: Error) => {
          throw new Error(`${error.message}: ${JSON.stringify(await lab.look(id), null, 1)}`);
        });
        const seen = await lab.look(id);
        const engines = (await lab.runtime.list()).map(({ replicaId, state }) => `${replicaId} ${state}`);
        expect(engines.sort()).toEqual(seen.replicaManagement.replicas.map((replica) => `${replica.id} running`).sort());
        const starts = lab.runtime.engines.started.map(({ replicaId, attempt }) => `${replicaId}/${attempt}`);
        expect(new Set(starts).size).toBe(starts.length);
      }),
      { numRuns: Number(process.env['SLIPWAY_LAW_RUNS'] ?? 6) },
    );
  }, 300_000);
});
