// as libs/domain/src/forbidden.ts
export const startedAt = Date.now() + new Date().getTime() + Math.random();
