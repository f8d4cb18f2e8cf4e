import { command } from '../command.mjs';
import { prepareToRun } from '../prepare.mjs';

/** `npm run setup`: everything that `npm start` does before it starts. */
export const setup = () =>
  command(async () => {
    await prepareToRun();
    process.stdout.write('Set up: `npm start` starts Slipway, `npm test` tests it.\n');
    return 0;
  });
