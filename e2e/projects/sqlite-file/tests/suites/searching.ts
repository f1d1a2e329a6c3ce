import { beforeEach, expect, test } from 'vitest'
import type { OpenDriver } from '../../src/driver.ts'
import { useNotes } from './store.ts'

export function searching(open: OpenDriver): void {
  const store = useNotes(open)

  beforeEach(async () => {
    await store.notes.add('Milk', 'two bottles')
    await store.notes.add('Bottle bank', 'behind the station')
    await store.notes.add('Diary')
  })

  test.each([
    ['bottle', ['Bottle bank', 'Milk']],
    ['station', ['Bottle bank']],
    ['nothing', []],
  ])('finds %s', async (word, titles) => {
    expect(await store.notes.search(word)).toEqual(titles)
  })
}
