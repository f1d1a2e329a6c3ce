import type { Scoped } from '../access.ts'
import type { Role } from '../accounts/users.ts'
import type { Database } from '../database.ts'

/** What a column holds. */
export type Value = string | number | null

/** A record as the database gives it, with the joined columns of its entity. */
export type Row = { readonly id: number } & Readonly<Record<string, Value>>

/** Input that has been checked, by column. */
export type Values = Readonly<Record<string, Value>>

/** One input of a record: a column, its label and what it accepts. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly kind: 'text' | 'long' | 'integer' | 'date' | 'choice' | 'reference'
  readonly optional?: boolean
  /** Smallest integer. */
  readonly min?: number
  /** Largest integer, or the most characters. */
  readonly max?: number
  /** For `choice`: what is accepted, the first being the default. */
  readonly choices?: readonly string[]
  /** For `reference`: the table referred to. The user must see the row. */
  readonly to?: Scoped
  /** Set when the record is made and never changed. */
  readonly fixed?: boolean
}

/** One kind of record: its table, its inputs and who may do what with those they see. */
export interface Entity {
  readonly table: Scoped
  readonly singular: string
  readonly plural: string
  readonly fields: readonly Field[]
  /** SQL of the table's own columns, all of them by default. */
  readonly own?: string
  /** SQL of further columns for lists and pages. */
  readonly columns: string
  readonly joins: string
  readonly order: string
  /** SQL of a record's name where another record refers to it. */
  readonly label: string
  readonly mayCreate: readonly Role[]
  readonly mayChange: readonly Role[]
  readonly mayRemove: readonly Role[]
  /** Throws a `Rejection` when values do not fit together. */
  check?(values: Values): void
  /** Runs in the transaction that saved the record. */
  saved?(database: Database, id: number, values: Values): void
}
