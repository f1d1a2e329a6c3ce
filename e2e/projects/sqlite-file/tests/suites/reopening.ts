import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { OpenDriver } from '../../src/driver.ts'
import { Notes } from '../../src/notes.ts'
import { useNotes } from './store.ts'

export function reopening(open: OpenDriver): void {
  const store = useNotes(open)

  test('two connections see the notes of each other', async () => {
    await store.notes.add('Milk')
    const other = await open('./test.db')
    const notes = await Notes.open(other)
    expect(await notes.titles()).toEqual(['Milk'])
    await notes.add('Bread')
    await other.close()
    expect(await store.notes.titles()).toEqual(['Bread', 'Milk'])
  })

  test('notes are there when the app starts again', async () => {
    await store.notes.import(['Bread', 'Milk'])
    await store.db.close()
    await setTimeout(200)
    store.db = await open('./test.db')
    store.notes = await Notes.open(store.db)
    expect(await store.notes.titles()).toEqual(['Bread', 'Milk'])
  })
}
