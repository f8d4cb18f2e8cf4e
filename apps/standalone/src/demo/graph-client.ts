/** Talks to the public graph like any other client. */
export class GraphClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  async ask<T>(query: string, variables: Record<string, unknown> = {}, idempotencyKey?: string): Promise<T> {
    const headers: Record<string, string> = { 'content-type': 'application/json', authorization: `Bearer ${this.token}` };
    if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
    const response = await fetch(this.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const answer = (await response.json()) as { data?: T; errors?: { message: string }[] };
    if (answer.errors?.[0] !== undefined) throw new Error(answer.errors[0].message);
    if (answer.data === undefined) throw new Error(`the gateway answered with status ${response.status}`);
    return answer.data;
  }
}
