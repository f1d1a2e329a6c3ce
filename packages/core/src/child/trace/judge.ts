import { readFileSync } from 'node:fs'
import { RecordWriter } from '@isolane/record/writer'
import { laneVariables } from '../../shared/env.ts'
import { laneDirPath, laneFilePath } from '../../shared/protocol.ts'
import type { LaneFile } from '../../shared/protocol.ts'
import { Ground } from './ground.ts'
import type { GroundOptions } from './ground.ts'
import { wallMs } from './scope.ts'
import { Touches } from './touches.ts'
import type { TouchesOptions } from './touches.ts'
import type { TraceOptions } from './trace.ts'

/** What a trace needs as soon as a test touches something. */
export function makeTouches(options: TraceOptions): Touches {
  const { root, allow, finds } = options
  return new Touches({
    ground: new Ground({ ...laneGround(process.env), root, allow }),
    finds: new Set(finds),
    onTouch: options.record === undefined ? undefined : appendTo(options.record, options),
  })
}

/** The directories and ports of this process's lane; none where it has no lane. */
function laneGround(env: NodeJS.ProcessEnv): Pick<GroundOptions, 'directories' | 'ports'> {
  const runDir = env[laneVariables.host]
  const lane = env[laneVariables.lane]
  if (runDir === undefined || lane === undefined) return { directories: [], ports: [] }
  const file = laneFilePath(laneDirPath(runDir, lane))
  const { dir, leases } = JSON.parse(readFileSync(file, 'utf8')) as LaneFile
  const named = (kind: string): string[] =>
    leases.filter((lease) => lease.kind === kind).map(({ name }) => name)
  return { directories: [dir, ...named('directory')], ports: named('port').map(Number) }
}

/** Appends to a record that a reporter writes: each line is handed over at once, whole. */
function appendTo(record: string, { place }: TraceOptions): TouchesOptions['onTouch'] {
  const writer = new RecordWriter(record)
  return (touched, { name: { key, file } }) => {
    const by = key === undefined ? { file } : { key, file }
    writer.write({ kind: 'touch', ...touched, ...by, ...place?.(), atMs: wallMs() })
  }
}
