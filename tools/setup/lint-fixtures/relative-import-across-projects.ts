// as apps/proxy/src/forbidden.ts
import { fold } from '../../../libs/domain/src/decider.js';

export const again = fold;
