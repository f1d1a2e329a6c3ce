import { afterEach, beforeEach } from 'vitest'
import type { Driver, OpenDriver } from '../../src/driver.ts'
import { Notes } from '../../src/notes.ts'

interface Store {
  db: Driver
  notes: Notes
}

/** Opens ./test.db for every test, with nothing in it. */
export function useNotes(open: OpenDriver): Store {
  const store = {} as Store

  beforeEach(async () => {
    store.db = await open('./test.db')
    store.notes = await Notes.open(store.db)
    await store.notes.clear()
  })

  afterEach(async () => {
    await store.db.close()
  })

  return store
}
