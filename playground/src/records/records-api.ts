import { Hono } from 'hono'
import type { Web } from '../web.ts'
import { bodyOf, idOf, signedIn } from '../web.ts'
import type { Entity } from './entity.ts'
import { changeRecord, createRecord, findRecord, listRecords, removeRecord } from './records.ts'

/** List, read, create, change and remove one kind of record as JSON. */
export function recordsApi(entity: Entity): Hono<Web> {
  return new Hono<Web>()
    .get('/', (c) => c.json(listRecords(c.var.services.database, entity, signedIn(c))))
    .post('/', async (c) =>
      c.json(createRecord(c.var.services.database, entity, signedIn(c), await bodyOf(c)), 201),
    )
    .get('/:id', (c) => c.json(findRecord(c.var.services.database, entity, signedIn(c), idOf(c))))
    .patch('/:id', async (c) =>
      c.json(changeRecord(c.var.services.database, entity, signedIn(c), idOf(c), await bodyOf(c))),
    )
    .delete('/:id', (c) => {
      removeRecord(c.var.services.database, entity, signedIn(c), idOf(c))
      return c.body(null, 204)
    })
}
