import { describe, expect, test } from 'vitest'
import { minimise } from './minimise.ts'

const range = (n: number): number[] => Array.from({ length: n }, (_, at) => at)

function oracle(shows: (subset: readonly number[]) => boolean): {
  ask: (subset: readonly number[]) => Promise<boolean>
  questions: () => number
} {
  let count = 0
  return {
    ask: async (subset) => {
      count += 1
      return shows(subset)
    },
    questions: () => count,
  }
}

describe('the smallest set', () => {
  test.each([
    [1, 0],
    [2, 1],
    [7, 3],
    [128, 0],
    [128, 77],
    [128, 127],
  ])('of %i, only number %i matters: found in log2 n + 1 questions', async (n, one) => {
    const { ask, questions } = oracle((subset) => subset.includes(one))
    expect(await minimise(range(n), ask)).toEqual({ items: [one], complete: true })
    expect(questions()).toBeLessThanOrEqual(Math.ceil(Math.log2(n)) + 1)
  })

  test.each([[[3, 12]], [[0, 15]], [[1, 2, 9]], [[6, 7, 8, 9]]])(
    'of 16, %j matter together',
    async (needed) => {
      const { ask } = oracle((subset) => needed.every((one) => subset.includes(one)))
      expect(await minimise(range(16), ask)).toEqual({ items: needed, complete: true })
    },
  )

  test('one of several that suffice each', async () => {
    const { ask } = oracle((subset) => subset.includes(5) || subset.includes(40))
    const { items } = await minimise(range(64), ask)
    expect(items).toEqual([5])
  })

  test('the same question is asked once', async () => {
    const asked: string[] = []
    await minimise(range(16), async (subset) => {
      asked.push(subset.join())
      return [3, 12].every((one) => subset.includes(one))
    })
    expect(new Set(asked).size).toBe(asked.length)
  })

  test.each([
    [[2], 1],
    [[0, 3], 5],
    [[1, 4, 5], 5],
  ])('of 6, %j matter: found in %i goes when some are asked at once', async (needed, most) => {
    const shows = (subset: readonly number[]): boolean =>
      needed.every((one) => subset.includes(one))
    const asked: string[] = []
    let goes = 0
    const one = oracle(shows)
    const found = await minimise(range(6), one.ask, {
      most: 8,
      shows: async (subsets) => {
        goes += 1
        asked.push(...subsets.map((subset) => subset.join()))
        return subsets.map(shows)
      },
    })
    expect(found).toEqual({ items: needed, complete: true })
    expect(goes + one.questions()).toBeLessThanOrEqual(most)
    expect(new Set(asked).size).toBe(asked.length)
  })

  test('without an answer, what is known to show it comes back', async () => {
    let left = 2
    const { items, complete } = await minimise(range(16), async (subset) => {
      left -= 1
      return left < 0 ? undefined : subset.includes(1)
    })
    expect(complete).toBe(false)
    expect(items).toContain(1)
  })
})
