export type Row = Readonly<Record<string, unknown>>
export type Value = string | number | null

export interface Statement {
  readonly sql: string
  readonly values: readonly Value[]
}

/** What a database driver has to offer. */
export interface Driver {
  all(sql: string, ...values: Value[]): Promise<Row[]>
  run(sql: string, ...values: Value[]): Promise<void>
  /** Runs all statements in one transaction. */
  batch(statements: readonly Statement[]): Promise<void>
  close(): Promise<void>
}

export type OpenDriver = (path: string) => Promise<Driver>
