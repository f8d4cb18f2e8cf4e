// as apps/proxy/src/forbidden.ts
export const port = process.env['PORT'];
