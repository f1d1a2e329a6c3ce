import { expect, test } from 'vitest'
import { checkFileSize } from './file-size.ts'
import { makeCheckout } from './test-checkout.ts'

test('a file of more than 500 lines is named, unless it holds only types', () => {
  const root = makeCheckout({
    'packages/core/src/short.ts': 'x\n'.repeat(500),
    'packages/core/src/long.ts': 'x\n'.repeat(501),
    'packages/core/src/types.ts': 'x\n'.repeat(900),
    'packages/core/dist/built.js': 'x\n'.repeat(900),
    'packages/core/node_modules/other/index.js': 'x\n'.repeat(900),
  })

  expect(checkFileSize(root)).toEqual([
    'packages/core/src/long.ts has 501 lines; 500 are the most.',
  ])
})
