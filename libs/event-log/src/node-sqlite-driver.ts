import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/**
 * What TypeORM's better-sqlite3 driver needs of a database, on Node's own SQLite, so that no compiled package is needed.
 * Pass the class itself as the `driver` of the data source.
 */
export class NodeSqliteDriver {
  readonly #database: DatabaseSync;

  constructor(file: string, options: { readonly readonly?: boolean; readonly timeout?: number } = {}) {
    this.#database = new DatabaseSync(file, { readOnly: options.readonly ?? false, timeout: options.timeout ?? BUSY_TIMEOUT_MS });
  }

  prepare(sql: string): NodeSqliteStatement {
    return new NodeSqliteStatement(this.#database.prepare(sql));
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  pragma(text: string): unknown {
    return this.#database.prepare(`PRAGMA ${text}`).all();
  }

  /** For code that writes several rows in one go: between its statements nobody else gets a turn. */
  get database(): DatabaseSync {
    return this.#database;
  }

  close(): void {
    this.#database.close();
  }
}

class NodeSqliteStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(...parameters: SQLInputValue[]): unknown[] {
    return this.#statement.all(...parameters.map(plain));
  }

  get(...parameters: SQLInputValue[]): unknown {
    return this.#statement.get(...parameters.map(plain));
  }

  run(...parameters: SQLInputValue[]): unknown {
    return this.#statement.run(...parameters.map(plain));
  }
}

const BUSY_TIMEOUT_MS = 5_000;

/** node:sqlite refuses undefined, which TypeORM passes for an absent value. */
const plain = (value: SQLInputValue | undefined): SQLInputValue => value ?? null;
