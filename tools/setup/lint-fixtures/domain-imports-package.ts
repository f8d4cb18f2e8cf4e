// as libs/domain/src/forbidden.ts
import { z } from 'zod';

export const shape = z;
