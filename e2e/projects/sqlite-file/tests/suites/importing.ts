import { expect, test } from 'vitest'
import type { OpenDriver } from '../../src/driver.ts'
import { useNotes } from './store.ts'

const titles = Array.from({ length: 200 }, (_, index) => `Note ${String(index).padStart(3, '0')}`)

export function importing(open: OpenDriver): void {
  const store = useNotes(open)

  test('imports many notes', async () => {
    await store.notes.import(titles)
    expect(await store.notes.titles()).toEqual(titles)
  })

  test('imports all or none', async () => {
    await expect(store.notes.import([...titles, 'Note 007'])).rejects.toThrow('UNIQUE')
    expect(await store.notes.titles()).toEqual([])
  })
}
