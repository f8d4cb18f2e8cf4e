// as apps/registry/src/allowed.ts
import { readFileSync } from 'node:fs';
import { errorCatalogue } from '@slipway/contracts';
import { fold } from '@slipway/domain';
import { handleCommand } from '@slipway/event-log';

export const everything = [readFileSync, errorCatalogue, fold, handleCommand];
