import { plain, plainLines } from '@isolane/record/worker'
import type { ResetContext, Resource } from '../resource.ts'
import type { KeptEvidence } from '../shared/protocol.ts'

/** What each resource of a lane has to show. One that cannot say is named, not hidden. */
export async function laneEvidence(
  made: readonly (readonly [string, Resource, unknown])[],
  contextOf: (name: string) => ResetContext,
  into: string,
): Promise<KeptEvidence[]> {
  const kept: KeptEvidence[] = []
  for (const [name, resource, data] of made) {
    try {
      const found = await resource.evidence?.(data, { ...contextOf(name), into })
      if (found === undefined) continue
      const { summary, detail, kept: file } = found
      kept.push({
        resource: name,
        summary: plain(summary),
        ...(file === undefined ? {} : { path: file.path, open: file.open }),
        ...(detail === undefined ? {} : { detail: plainLines(detail) }),
      })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      kept.push({
        resource: name,
        summary: `could not be kept: ${plain(reason.split('\n')[0] ?? '')}`,
      })
    }
  }
  return kept
}
