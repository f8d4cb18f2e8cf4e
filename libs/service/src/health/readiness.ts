import type { IncomingMessage, ServerResponse } from 'node:http';

export type ReadinessCheck = {
  readonly name: string;
  check(): Promise<CheckResult> | CheckResult;
};

export type CheckResult = { readonly ready: boolean; readonly detail?: string };

export type ReadinessReport = { readonly ready: boolean; readonly checks: Readonly<Record<string, CheckResult>> };

/** How long one check may take before it counts as not ready, in milliseconds. */
export const READINESS_CHECK_TIMEOUT_MS = 2_000;

/** What must hold for this process to take requests. Alive is a weaker claim: it answers at all. */
export class Readiness {
  readonly #checks = new Map<string, ReadinessCheck>();
  #leaving = false;

  add(check: ReadinessCheck): void {
    this.#checks.set(check.name, check);
  }

  /** No check of that name counts any more. */
  remove(name: string): void {
    this.#checks.delete(name);
  }

  /** From now on not ready, whatever the checks say: the first step of shutting down. */
  leave(): void {
    this.#leaving = true;
  }

  async report(): Promise<ReadinessReport> {
    const entries = await Promise.all([...this.#checks.values()].map(async (check) => [check.name, await settled(check)] as const));
    if (this.#leaving) entries.push(['lifecycle', { ready: false, detail: 'shutting down' }]);
    return { ready: entries.every(([, { ready }]) => ready), checks: Object.fromEntries(entries) };
  }
}

/**
 * Answers `/healthz`, `/livez` and `/readyz` (200 or 503, JSON); false when the request is for something else. `censor`
 * takes secrets out of what checks say.
 */
export function answerHealth(readiness: Readiness, request: IncomingMessage, response: ServerResponse, censor?: (text: string) => string): boolean {
  const path = (request.url ?? '').split('?', 1)[0];
  if (path === '/healthz' || path === '/livez') {
    answer(response, 200, { alive: true });
    return true;
  }
  if (path === '/readyz') {
    void readiness.report().then((report) => answer(response, report.ready ? 200 : 503, report, censor));
    return true;
  }
  return false;
}

async function settled(check: ReadinessCheck): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(resolve, READINESS_CHECK_TIMEOUT_MS, { ready: false, detail: `no answer within ${READINESS_CHECK_TIMEOUT_MS} ms` });
  });
  try {
    return await Promise.race([Promise.resolve(check.check()), late]);
  } catch (error) {
    return { ready: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function answer(response: ServerResponse, status: number, body: object, censor = (text: string): string => text): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(censor(JSON.stringify(body)));
}
