type Variables = Readonly<Record<string, unknown>>;

/** Asks the gateway as an administrator would. */
export class GraphClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  }

  /** The data; throws when anything is refused. */
  async ask<Data>(query: string, variables: Variables = {}): Promise<Data> {
    const response = await fetch(this.#url, { method: 'POST', headers: this.#headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await response.json()) as { readonly data?: Data; readonly errors?: readonly { readonly message: string }[] };
    if (errors !== undefined || data === undefined) throw new Error(`${query.slice(0, 60)}…: ${errors?.map(({ message }) => message).join('; ') ?? response.status}`);
    return data;
  }
}
