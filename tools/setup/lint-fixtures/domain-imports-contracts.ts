// as libs/domain/src/forbidden.ts
import { errorCatalogue } from '@slipway/contracts';

export const known = errorCatalogue;
