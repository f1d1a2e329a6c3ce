import { IsolaneError } from '@isolane/core'

/**
 * Lets pass the versions of Vitest whose pool contract is known, which is experimental there and differs between them.
 *
 * @throws IsolaneError `ISOLANE_RUNTIME` for every other version.
 */
export function checkVitest(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map((part) => parseInt(part, 10))
  if ((major === 4 || major === 5) && minor >= 1) return
  throw new IsolaneError('ISOLANE_RUNTIME', {
    message: `isolated() does not know Vitest ${version}: it works with Vitest 4.1 and later 4.x, and with 5.1 and later 5.x.`,
    hint: 'npm i -D vitest@5',
    details: { version, supported: ['^4.1.0', '^5.1.0'] },
  })
}
