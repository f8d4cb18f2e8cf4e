import { observeLease } from '@slipway/cluster';
import { openControlParts, watchProjections } from '@slipway/cluster/control';
import { platformNames, derivedKey, runServiceProcess, startService } from '@slipway/service';
import path from 'node:path';
import { processEnvironment, registrySettings } from './config.js';
import { ModelFolders } from './model-folders/model-folders.js';
import { RegistryModule } from './registry.module.js';

await runServiceProcess({
  name: 'registry',
  summary: 'keeps deployments, their revisions and access tokens: what should run',
  settings: registrySettings,
  environ: processEnvironment(),
  alsoKnown: platformNames,
  async start(values, context) {
    await using opened = new AsyncDisposableStack(); // closed again, in reverse, when anything below throws
    const { logger, readiness } = context;
    const parts = await openControlParts('registry', values, context, opened);
    const service = await startService(
      RegistryModule.with({
        ...parts,
        logger,
        nowMs: Date.now,
        folders: new ModelFolders(path.resolve(values.SLIPWAY_MODEL_ROOT)),
        tokenKey: derivedKey(values.SLIPWAY_MASTER_KEY, 'access-token'),
        endpointBaseUrl: values.SLIPWAY_ENDPOINT_URL.replace(/\/$/, ''),
        internalToken: () => values.SLIPWAY_INTERNAL_TOKEN,
      }),
      { name: 'registry', logger, listen: { host: values.SLIPWAY_HOST, port: values.SLIPWAY_PORT }, readiness },
    );
    opened.defer(() => service.close());
    const { projections, registrar } = service.app.get(RegistryModule).service;
    opened.defer(watchProjections(projections, parts.log, readiness, Date.now));
    opened.defer(observeLease('registrar', registrar));
    const running = opened.move();
    return { url: service.url, close: () => running.disposeAsync() };
  },
});
