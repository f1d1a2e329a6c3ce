import { expect, test } from 'vitest'
import type { OpenDriver } from '../../src/driver.ts'
import { useNotes } from './store.ts'

export function removing(open: OpenDriver): void {
  const store = useNotes(open)

  test('removes a note and its tags', async () => {
    const note = await store.notes.add('Milk')
    await store.notes.tag(note.id, 'shop')
    await store.notes.remove(note.id)
    expect(await store.notes.titles()).toEqual([])
    expect(await store.db.all('select * from tags')).toEqual([])
  })

  test('a removed title can be used again', async () => {
    for (let round = 1; round <= 30; round++) {
      const { id } = await store.notes.add('Milk')
      await store.notes.remove(id)
    }
    expect(await store.notes.find('Milk')).toBeUndefined()
  })
}
