// as apps/proxy/src/forbidden.ts
export * from './limits.js';

export default 0;
