import { command } from '../command.mjs';
import { lint as lintAll } from '../lint.mjs';
import { prepareInstall } from '../prepare.mjs';
import { ROOT } from '../workspace.mjs';

/** `npm run lint`. */
export const lint = () => command(async () => (await lintAll(ROOT, await prepareInstall())).code);
