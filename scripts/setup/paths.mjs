import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top directory of the checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '')

/** Where set-up remembers what it did. `npm ci` removes it together with everything else. */
export const stamps = join(root, 'node_modules', '.isolane')

/** The directory in which npm puts the commands of the dependencies. */
export const bin = join(root, 'node_modules', '.bin')
