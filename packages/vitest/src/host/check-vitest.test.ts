import { expect, test } from 'vitest'
import { checkVitest } from './check-vitest.ts'

test.for(['4.1.0', '4.1.9', '4.2.0', '4.10.0', '5.1.0', '5.1.1', '5.2.0', '5.10.3'])(
  'works with Vitest %s',
  (version) => {
    expect(() => checkVitest(version)).not.toThrow()
  },
)

test.for([
  '0.34.6',
  '1.6.0',
  '3.2.0',
  '4.0.0',
  '4.0.18',
  '5.0.0',
  '5.0.5',
  '6.0.0',
  '6.1.0',
  '41.1.0',
])('does not know Vitest %s, and says which it does', (version) => {
  expect(() => checkVitest(version)).toThrow(
    expect.objectContaining({
      code: 'ISOLANE_RUNTIME',
      message: expect.stringContaining(
        `does not know Vitest ${version}: it works with Vitest 4.1 and later 4.x, and with 5.1 and later 5.x.`,
      ),
    }),
  )
})
