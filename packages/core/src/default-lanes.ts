import { defineLanes } from './lanes.ts'
import type { Lanes } from './lanes.ts'
import { port } from './resources/port.ts'
import { sqlite } from './resources/sqlite/sqlite.ts'
import { tempDir } from './resources/temp-dir.ts'

/** Gives what a lane has where nobody says what: an empty SQLite file, a port and a temp directory. */
export function defaultLanes(): Lanes {
  return defineLanes({ database: sqlite(), port: port(), tempDir: tempDir() })
}
