import { IsolaneError } from '@isolane/record/worker'

/**
 * Refuses a Node.js that is too old, before something that it lacks fails with an error that says nothing.
 *
 * @throws IsolaneError `ISOLANE_RUNTIME` below 22.18.
 */
export function checkNode(version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return
  throw new IsolaneError('ISOLANE_RUNTIME', {
    message: `Isolane needs Node.js 22.18 or newer; this is ${version} (${process.execPath}).`,
    hint: 'install a newer Node.js, for example with: npm install --save-dev node@24',
    details: { version },
  })
}
