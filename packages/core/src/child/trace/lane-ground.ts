import { readFileSync } from 'node:fs'
import { laneVariables } from '../../shared/env.ts'
import { laneDirPath, laneFilePath } from '../../shared/protocol.ts'
import type { LaneFile } from '../../shared/protocol.ts'
import type { GroundOptions } from './ground.ts'

/** The directories and ports of this process's lane; none where it has no lane. */
export function laneGround(
  env: NodeJS.ProcessEnv = process.env,
): Pick<GroundOptions, 'directories' | 'ports'> {
  const runDir = env[laneVariables.host]
  const lane = env[laneVariables.lane]
  if (runDir === undefined || lane === undefined) return { directories: [], ports: [] }
  const file = laneFilePath(laneDirPath(runDir, lane))
  const { dir, leases } = JSON.parse(readFileSync(file, 'utf8')) as LaneFile
  const named = (kind: string): string[] =>
    leases.filter((lease) => lease.kind === kind).map(({ name }) => name)
  return { directories: [dir, ...named('directory')], ports: named('port').map(Number) }
}
