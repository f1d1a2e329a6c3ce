import { describe, expect, test } from 'vitest'
import { axes } from './axes.ts'

const vitest = "import { expect, test } from 'vitest'\n"

function namesOf(file: string, ...sources: string[]): string[] {
  return axes(file, sources, undefined).held.map(({ name }) => name)
}

describe('what an intermittent test may depend on', () => {
  test.each([
    ['Math.random()', 'Math.random() < 0.5', ['Math.random()']],
    ['an identifier', 'import { randomUUID } from "node:crypto"', ['Math.random()']],
    ['the date', 'new Date().getHours()', ['the clock', 'the time zone']],
    ['a format', 'amount.toLocaleString()', ['the time zone']],
    ['nothing of the kind', 'await page.title()', []],
  ])('%s in its sources', (_, source, expected) => {
    expect(namesOf('a.test.ts', vitest + source)).toEqual(expected)
  })

  test('what the sources of its imports name counts too, and comes before what packages may do', () => {
    const other = "import { price } from 'some-package'\n"
    expect(namesOf('a.test.ts', other, 'export const now = () => new Date()')).toEqual([
      'the clock',
      'the time zone',
      'Math.random()',
    ])
  })

  test('nothing is ruled out when no source can be read', () => {
    expect(namesOf('a.test.ts')).toHaveLength(3)
  })

  test('chance and clock are held in Node.js only, the time zone anywhere', () => {
    expect(namesOf('test_a.py', 'import random, datetime')).toEqual(['the time zone'])
  })

  test('the network matters to who names it, or fails by it', () => {
    expect(axes('a.test.ts', [`${vitest}fetch(url)`], undefined).network).toBe(true)
    expect(axes('a.test.ts', [`${vitest}1 + 1`], undefined).network).toBe(false)
  })
})
