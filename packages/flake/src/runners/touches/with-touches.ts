import { existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readRecord, RecordWriter } from '@isolane/record'
import type { Touch } from '@isolane/record'
import type {
  ArmPaths,
  ArmRequest,
  Driver,
  Invocation,
  SelectedRequest,
  WholeRequest,
} from '../driver.ts'
import { environment } from '../environment.ts'
import { putDown } from './put-down.ts'

const preload = fileURLToPath(new URL('./preload.cjs', import.meta.url))

/**
 * Has an arm in which tests run side by side note what they touch: every Node.js process of it tells, and the touches
 * come into the record, each with the test or the file that ran on its worker at that time.
 */
export function withTouches(
  invocation: Invocation,
  { workers }: Pick<ArmRequest, 'workers'>,
  { record }: ArmPaths,
): Invocation {
  if (workers === 1) return invocation
  const notes = `${record}.touches`
  const options = invocation.env['NODE_OPTIONS'] ?? process.env['NODE_OPTIONS'] ?? ''
  return {
    ...invocation,
    env: {
      ...invocation.env,
      [environment.touches]: notes,
      NODE_OPTIONS: `${options} --require ${JSON.stringify(preload)}`.trim(),
    },
    after: async (run) => {
      await invocation.after?.(run)
      if (!existsSync(notes)) return
      const touches = touchesIn(notes).filter(({ atMs }) => atMs >= run.startedMs)
      rmSync(notes, { force: true })
      if (existsSync(record) && touches.length > 0) keep(touches, record)
    },
  }
}

/** The arms of a driver: everything, or some tests; those in which tests run side by side note what they touch. */
export function armsOf(
  whole: (request: WholeRequest, paths: ArmPaths) => Invocation,
  selected: (request: SelectedRequest, paths: ArmPaths) => Invocation,
): Driver['arm'] {
  return (request, paths) => {
    const plain = request.tests === undefined ? whole(request, paths) : selected(request, paths)
    return withTouches(plain, request, paths)
  }
}

function keep(touches: readonly Touch[], record: string): void {
  const known = readRecord(record)
  const writer = new RecordWriter(record)
  writer.writeAll(putDown(touches, known))
  writer.close()
}

// A process that was killed may have left half a line.
function touchesIn(path: string): Touch[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Touch]
      } catch {
        return []
      }
    })
}
