import type { Command } from 'commander';
import type { Invocation } from '../invocation.js';
import { addActivate } from './activate.command.js';
import { addChat } from './chat.command.js';
import { addDelete } from './delete.command.js';
import { addDeploy } from './deploy.command.js';
import { addDiff } from './diff.command.js';
import { addEvents } from './events.command.js';
import { addExplain } from './explain.command.js';
import { addGet } from './get.command.js';
import { addList } from './list.command.js';
import { addLogin, addLogout } from './login.command.js';
import { addLogs } from './logs.command.js';
import { addMetrics } from './metrics.command.js';
import { addPublish } from './publish.command.js';
import { addRevisions } from './revisions.command.js';
import { addRollback } from './rollback.command.js';
import { addRollout } from './rollout.command.js';
import { addScale } from './scale.command.js';
import { addScaling } from './scaling.command.js';
import { addTokens } from './tokens.command.js';
import { addVariants } from './variants.command.js';

/** In the order in which help shows them. */
export const COMMANDS: readonly ((program: Command, invocation: Invocation) => void)[] = [
  addLogin,
  addLogout,
  addDeploy,
  addList,
  addGet,
  addDelete,
  addScale,
  addScaling,
  addRevisions,
  addPublish,
  addDiff,
  addActivate,
  addRollout,
  addRollback,
  addTokens,
  addChat,
  addLogs,
  addMetrics,
  addEvents,
  addExplain,
  addVariants,
];
