import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { OpenDriver } from '../../src/driver.ts'
import { useNotes } from './store.ts'

export function archiving(open: OpenDriver): void {
  const store = useNotes(open)

  test('an archived note is not listed', async () => {
    const { id } = await store.notes.add('Taxes')
    await store.notes.add('Milk')
    await store.notes.archive(id)
    expect(await store.notes.titles()).toEqual(['Milk'])
  })

  test('and still found', async () => {
    const { id } = await store.notes.add('Taxes')
    await store.notes.archive(id)
    expect(await store.notes.search('Tax')).toEqual(['Taxes'])
  })

  test('old notes are archived together', async () => {
    await store.notes.import(['Taxes', 'Diary'])
    await setTimeout(200)
    await store.notes.archiveOlderThan(100)
    await store.notes.add('Milk')
    expect(await store.notes.titles()).toEqual(['Milk'])
    expect(await store.notes.search('')).toEqual(['Diary', 'Milk', 'Taxes'])
  })
}
