import type { TestResult } from '@playwright/test/reporter'
import type { Attempt } from '@isolane/record'

/**
 * Type of the annotation by which a fixture tells the lane of a test: its description is JSON. Reports for people leave
 * out types that begin with an underscore.
 */
const laneAnnotation = '_isolane.lane'

/** What a worker tells of itself and its lane; times are milliseconds since 1970. */
export interface ToldLane {
  readonly lane: NonNullable<Attempt['lane']>
  readonly workerStartedMs: number | undefined
  readonly leasedMs: number | undefined
}

/** What the worker of a test told; undefined when it has no lane, or tells nonsense. */
export function toldLane({ annotations }: TestResult): ToldLane | undefined {
  const text = annotations.find(({ type }) => type === laneAnnotation)?.description
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('id' in value)) return undefined
    const facts = value as Readonly<Record<string, unknown>>
    const whole = (name: string): number | undefined => {
      const number = facts[name]
      return typeof number === 'number' && Number.isInteger(number) ? number : undefined
    }
    const generation = whole('generation')
    const port = whole('port')
    const { id, roles } = facts
    return {
      lane: {
        id: String(id),
        ...(generation === undefined ? {} : { generation }),
        ...(port === undefined ? {} : { port }),
        ...(Array.isArray(roles) ? { roles: roles.map(String) } : {}),
      },
      workerStartedMs: whole('workerStartedMs'),
      leasedMs: whole('leasedMs'),
    }
  } catch {
    return undefined
  }
}
