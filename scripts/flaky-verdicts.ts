import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const options = ['flake', '--runs', '3', '--budget', '5m', '--expect', 'flaky/expected.json']
const command = ['playwright', 'test', '-c', 'flaky']

/** The verdicts of the playground's flaky suite, found by experiment and compared with the expected ones. */
export const flakyVerdicts = {
  /** As a user of the playground would type it. */
  command: ['isolane', ...options, '--', ...command].join(' '),
  /** What Node runs, in the playground. */
  args: [join(root, 'packages/cli/dist/main.js'), ...options, '--', ...command],
  expected: join(root, 'playground/flaky/expected.json'),
}
