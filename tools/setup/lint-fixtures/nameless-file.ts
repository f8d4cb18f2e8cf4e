// as apps/proxy/src/request-utils.ts
export const nothing = 0;
