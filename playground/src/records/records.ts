import type { Condition } from '../access.ts'
import { visible } from '../access.ts'
import type { Role, User } from '../accounts/users.ts'
import type { Database } from '../database.ts'
import { Rejection } from '../rejection.ts'
import type { Entity, Field, Row, Values } from './entity.ts'
import { readInput } from './read-input.ts'

/** The records of one kind that `user` sees, narrowed by `where`. */
export function listRecords(
  database: Database,
  entity: Entity,
  user: User,
  where: Condition = { sql: '1', values: [] },
): Row[] {
  const seen = visible(user, entity.table)
  return database
    .prepare<unknown[], Row>(
      `${select(entity)} where (${seen.sql}) and (${where.sql}) order by ${entity.order}`,
    )
    .all(...seen.values, ...where.values)
}

/**
 * One record.
 *
 * @throws Rejection 404 when there is none, 403 when `user` does not see it.
 */
export function findRecord(database: Database, entity: Entity, user: User, id: number): Row {
  const [row] = listRecords(database, entity, user, { sql: `${entity.table}.id = ?`, values: [id] })
  if (row !== undefined) return row
  if (exists(database, entity.table, id)) {
    throw new Rejection(403, `You have no access to this ${entity.singular}.`)
  }
  throw new Rejection(404, `There is no ${entity.singular} with number ${id}.`)
}

/** Ids and names of the records that `user` may refer to. */
export function optionsOf(
  database: Database,
  entity: Entity,
  user: User,
): { readonly id: number; readonly label: string }[] {
  const seen = visible(user, entity.table)
  return database
    .prepare<unknown[], { id: number; label: string }>(
      `select ${entity.table}.id, ${entity.label} as label from ${entity.table} ${entity.joins}
       where ${seen.sql} order by ${entity.order}`,
    )
    .all(...seen.values)
}

/**
 * Makes a record from a JSON body.
 *
 * @throws Rejection 403, 409 or 422.
 */
export function createRecord(database: Database, entity: Entity, user: User, body: unknown): Row {
  allow(entity.mayCreate, user, `create ${entity.plural}`)
  const values = readInput(entity.fields, body, true)
  checkReferences(database, entity.fields, user, values)
  entity.check?.(values)
  const names = Object.keys(values)
  return unlessTaken(entity, () =>
    database.transaction(() => {
      const { lastInsertRowid } = database
        .prepare(
          `insert into ${entity.table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`,
        )
        .run(...Object.values(values))
      const id = Number(lastInsertRowid)
      entity.saved?.(database, id, values)
      return findRecord(database, entity, user, id)
    })(),
  )
}

/**
 * Changes the fields of a record that a JSON body names.
 *
 * @throws Rejection 403, 404, 409 or 422.
 */
export function changeRecord(
  database: Database,
  entity: Entity,
  user: User,
  id: number,
  body: unknown,
): Row {
  const before = findRecord(database, entity, user, id)
  allow(entity.mayChange, user, `change ${entity.plural}`)
  const fields = entity.fields.filter((field) => !field.fixed)
  const values = readInput(fields, body, false)
  checkReferences(database, fields, user, values)
  entity.check?.({ ...before, ...values })
  const names = Object.keys(values)
  if (names.length === 0) return before
  return unlessTaken(entity, () =>
    database.transaction(() => {
      database
        .prepare(
          `update ${entity.table} set ${names.map((name) => `${name} = ?`).join(', ')} where id = ?`,
        )
        .run(...Object.values(values), id)
      entity.saved?.(database, id, values)
      return findRecord(database, entity, user, id)
    })(),
  )
}

/**
 * Removes a record.
 *
 * @throws Rejection 403, 404, or 409 while other records refer to it.
 */
export function removeRecord(database: Database, entity: Entity, user: User, id: number): void {
  findRecord(database, entity, user, id)
  allow(entity.mayRemove, user, `remove ${entity.plural}`)
  try {
    database.prepare(`delete from ${entity.table} where id = ?`).run(id)
  } catch (error) {
    if (!isConstraint(error, 'FOREIGNKEY')) throw error
    throw new Rejection(409, `This ${entity.singular} is still in use.`)
  }
}

function select(entity: Entity): string {
  const extra = entity.columns === '' ? '' : `, ${entity.columns}`
  return `select ${entity.own ?? `${entity.table}.*`}${extra} from ${entity.table} ${entity.joins}`
}

function exists(database: Database, table: string, id: number): boolean {
  return database.prepare(`select 1 from ${table} where id = ?`).get(id) !== undefined
}

function allow(roles: readonly Role[], user: User, action: string): void {
  if (!roles.includes(user.role)) throw new Rejection(403, `Your role may not ${action}.`)
}

function checkReferences(
  database: Database,
  fields: readonly Field[],
  user: User,
  values: Values,
): void {
  for (const field of fields) {
    const id = values[field.name]
    if (field.to === undefined || typeof id !== 'number') continue
    if (!exists(database, field.to, id)) {
      throw new Rejection(422, `${field.label} ${id} does not exist.`, field.name)
    }
    // Instructors are given sections by people who see only themselves among the users.
    if (field.to === 'users') continue
    const seen = visible(user, field.to)
    const row = database
      .prepare(`select 1 from ${field.to} where id = ? and (${seen.sql})`)
      .get(id, ...seen.values)
    if (row === undefined) {
      throw new Rejection(403, `You have no access to ${field.label.toLowerCase()} ${id}.`)
    }
  }
}

function unlessTaken<T>(entity: Entity, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isConstraint(error, 'UNIQUE')) throw error
    const article = /^[aeiou]/.test(entity.singular) ? 'an' : 'a'
    throw new Rejection(409, `There is ${article} ${entity.singular} of this name already.`)
  }
}

function isConstraint(error: unknown, kind: string): boolean {
  return (error as { code?: unknown } | null)?.code === `SQLITE_CONSTRAINT_${kind}`
}
