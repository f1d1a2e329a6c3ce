// Run by a user without rights, with a project's directory: writes there from inside, and prints the footprint.
import { spawnSync } from 'node:child_process'
import { Sandboxes, sandboxSettings } from '../../dist/index.js'

const [root] = process.argv.slice(2)
const sandboxes = Sandboxes.open({ root, settings: sandboxSettings(true) })
try {
  const sandbox = sandboxes.enter({ cwd: root })
  const [program, ...prefix] = sandbox.prefix
  const { status } = spawnSync(program, [...prefix, 'sh', '-c', 'echo inside >file'], {
    stdio: 'inherit',
  })
  const { written } = sandbox.end()
  console.log(JSON.stringify({ status, written: written.map(({ path }) => path) }))
} finally {
  await sandboxes.close()
}
