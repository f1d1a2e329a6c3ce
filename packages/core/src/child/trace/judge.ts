import { RecordWriter } from '@isolane/record/worker'
import { Ground } from './ground.ts'
import { laneGround } from './lane-ground.ts'
import { wallMs } from './scope.ts'
import { Touches } from './touches.ts'
import type { TraceOptions } from './trace.ts'

/** What a trace needs as soon as a test touches something. */
export function makeTouches(options: TraceOptions): Touches {
  const { root, allow, finds, record, place } = options
  const writer = record === undefined ? undefined : new RecordWriter(record)
  return new Touches({
    ground: new Ground({ ...laneGround(), root, allow }),
    finds: new Set(finds),
    onTouch:
      writer &&
      ((touched, { name: { key, file } }) => {
        const by = key === undefined ? { file } : { key, file }
        writer.write({ kind: 'touch', ...touched, ...by, ...place?.(), atMs: wallMs() })
      }),
  })
}
