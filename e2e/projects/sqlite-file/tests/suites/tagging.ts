import { expect, test } from 'vitest'
import type { OpenDriver } from '../../src/driver.ts'
import { useNotes } from './store.ts'

export function tagging(open: OpenDriver): void {
  const store = useNotes(open)

  test('finds notes by tag', async () => {
    const milk = await store.notes.add('Milk')
    const bread = await store.notes.add('Bread')
    await store.notes.tag(milk.id, 'shop', 'today')
    await store.notes.tag(bread.id, 'shop')
    expect(await store.notes.tagged('shop')).toEqual(['Bread', 'Milk'])
    expect(await store.notes.tagged('today')).toEqual(['Milk'])
  })

  test('a tag counts once', async () => {
    const milk = await store.notes.add('Milk')
    await store.notes.tag(milk.id, 'shop', 'shop', 'shop')
    expect(await store.db.all('select count(*) as count from tags')).toMatchObject([{ count: 1 }])
  })
}
