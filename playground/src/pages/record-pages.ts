import { Hono } from 'hono'
import { html } from 'hono/html'
import { instructorsFor } from '../accounts/instructors.ts'
import type { User } from '../accounts/users.ts'
import type { Database } from '../database.ts'
import { entities } from '../entities.ts'
import type { Entity, Row } from '../records/entity.ts'
import { findRecord, listRecords, optionsOf } from '../records/records.ts'
import type { Web } from '../web.ts'
import { idOf, signedIn } from '../web.ts'
import type { Offer } from './dialog.ts'
import { dialog, opener, recordInputs, rowOpener } from './dialog.ts'
import type { Html } from './layout.ts'
import { page } from './layout.ts'
import type { Column } from './parts.ts'
import { facts, heading, table } from './parts.ts'

/** How one kind of record is shown. */
export interface View {
  readonly entity: Entity
  readonly intro: string
  /** Columns of the list. */
  readonly columns: readonly Column[]
  readonly title: (row: Row) => string
  readonly subtitle: (row: Row) => Html | string
  readonly facts: (row: Row) => readonly (readonly [string, Html | string | number])[]
  /** What the list offers besides making a record. */
  readonly action?: (database: Database, user: User) => Html | string
  /** What the page of a record shows below its facts. */
  readonly below?: (shown: Shown) => Html | string
}

/** A record on its page, and who looks at it. */
export interface Shown {
  readonly database: Database
  readonly user: User
  readonly row: Row
}

/** The list of one kind of record and the page of each, with the dialogs that the role allows. */
export function recordPages(view: View): Hono<Web> {
  const { entity } = view
  const path = `/${entity.table}`
  return new Hono<Web>()
    .get('/', (c) => {
      const user = signedIn(c)
      const { database } = c.var.services
      const rows = listRecords(database, entity, user)
      const actions = view.action?.(database, user) ?? creator(database, user, entity)
      const title = entity.table === 'users' ? 'People' : capital(entity.plural)
      return c.html(
        page({
          title,
          user,
          at: path,
          content: html`${heading(title, view.intro, actions)}
          ${table(title, view.columns, rows, `You have no ${entity.plural} yet.`)}`,
        }),
      )
    })
    .get('/:id', (c) => {
      const user = signedIn(c)
      const { database } = c.var.services
      const row = findRecord(database, entity, user, idOf(c))
      const title = view.title(row)
      return c.html(
        page({
          title,
          user,
          at: path,
          content: html`${heading(title, view.subtitle(row), changers(database, user, entity, row))}
          ${facts(view.facts(row))} ${view.below?.({ database, user, row }) ?? ''}`,
        }),
      )
    })
}

/** A button and dialog to make a record, with `preset` references already chosen. Empty where the role may not. */
export function creator(
  database: Database,
  user: User,
  entity: Entity,
  preset: Readonly<Record<string, number>> = {},
): Html | string {
  if (!entity.mayCreate.includes(user.role)) return ''
  const id = `new-${entity.singular}`
  const body = recordInputs(entity, offer(database, user, preset))
  const title = `New ${entity.singular}`
  return html`${opener(id, title)}${dialog({
    id,
    title,
    method: 'POST',
    to: `/api/${entity.table}`,
    save: 'Create',
    body,
  })}`
}

function changers(database: Database, user: User, entity: Entity, row: Row): Html {
  const to = `/api/${entity.table}/${row.id}`
  return html`${entity.mayChange.includes(user.role) ? editor(database, user, entity, row) : ''}
  ${
    entity.mayRemove.includes(user.role)
      ? html`${opener('remove', 'Remove', 'quiet')}${dialog({
          id: 'remove',
          title: `Remove this ${entity.singular}?`,
          method: 'DELETE',
          to,
          goTo: `/${entity.table}`,
          save: 'Remove',
          body: html`<p>This cannot be undone.</p>`,
        })}`
      : ''
  }`
}

/** A button and dialog to change a record; a small button where the record has a `name` in a table. */
export function editor(
  database: Database,
  user: User,
  entity: Entity,
  row: Row,
  name?: string,
): Html {
  const id = `edit-${entity.singular}-${row.id}`
  return html`${name === undefined ? opener(id, 'Edit', 'quiet') : rowOpener(id, 'Edit', name)}${dialog(
    {
      id,
      title: `Edit ${entity.singular}`,
      method: 'PATCH',
      to: `/api/${entity.table}/${row.id}`,
      body: recordInputs(entity, offer(database, user), row),
    },
  )}`
}

function offer(
  database: Database,
  user: User,
  preset: Readonly<Record<string, number>> = {},
): Offer {
  return ({ name, to }) => {
    if (to === undefined) return []
    const options =
      to === 'users'
        ? instructorsFor(database, user)
        : optionsOf(database, entities[to], user).filter(
            ({ id }) => preset[name] === undefined || preset[name] === id,
          )
    return options.map(({ id, label }) => [id, label] as const)
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
