import { expect, test } from 'vitest'
import type { OpenDriver } from '../../src/driver.ts'
import { useNotes } from './store.ts'

export function editing(open: OpenDriver): void {
  const store = useNotes(open)

  test('keeps the last of many edits', async () => {
    const { id } = await store.notes.add('Diary')
    for (let day = 1; day <= 100; day++) await store.notes.edit(id, `day ${day}`)
    expect(await store.notes.find('Diary')).toMatchObject({ body: 'day 100' })
  })

  test('leaves other notes alone', async () => {
    const { id } = await store.notes.add('Diary')
    await store.notes.add('Milk', 'two bottles')
    await store.notes.edit(id, 'nothing')
    expect(await store.notes.find('Milk')).toMatchObject({ body: 'two bottles' })
  })
}
