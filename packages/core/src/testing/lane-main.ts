/**
 * A process of the conformance suite, told by its parent what to do:
 *
 * `lane-main.js open <module> <resource>`: opens a handle of the lane of its environment and tells it.
 * `lane-main.js own <module> <cache directory> <root>`: makes a lane, tells what it holds, and lives on.
 */
import type { Lanes } from '../lanes.ts'
import { closeHandles } from '../child/current.ts'
import { Bench } from './bench.ts'

const [, , task, module = '', first = '', root = ''] = process.argv
const { lanes } = (await import(module)) as { lanes: Lanes }

if (task === 'open') {
  const handle = lanes.current()[first]
  process.send?.(JSON.parse(JSON.stringify(handle ?? null)))
  await closeHandles()
} else {
  const bench = await Bench.open({ resources: lanes.resources, root, cacheDir: first })
  await bench.lane(1).make()
  // Whoever reads this may end this process.
  process.on('message', () => {})
  process.send?.(bench.held)
}
