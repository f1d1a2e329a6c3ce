/**
 * What a worker that stops tells of its test files when they have used better-sqlite3: workers that are made ahead of need
 * can load it before their file is due.
 */
export interface DriverUsed {
  readonly isolane: 'driver-used'
}

export function isDriverUsed(message: unknown): message is DriverUsed {
  return Reflect.get(Object(message), 'isolane') === 'driver-used'
}

/** Variable of a worker that shall load the driver ahead; the worker takes it away before tests run. */
export const aheadVariable = 'ISOLANE_AHEAD'
