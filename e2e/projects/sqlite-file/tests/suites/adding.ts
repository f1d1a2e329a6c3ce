import { expect, test } from 'vitest'
import type { OpenDriver } from '../../src/driver.ts'
import { useNotes } from './store.ts'

export function adding(open: OpenDriver): void {
  const store = useNotes(open)

  test('adds a note', async () => {
    const note = await store.notes.add('Milk', 'two bottles')
    expect(note).toMatchObject({ title: 'Milk', body: 'two bottles' })
    expect(await store.notes.titles()).toEqual(['Milk'])
  })

  test('refuses a second one of the same title', async () => {
    await store.notes.add('Milk')
    await expect(store.notes.add('Milk')).rejects.toThrow('UNIQUE')
    expect(await store.notes.titles()).toEqual(['Milk'])
  })
}
