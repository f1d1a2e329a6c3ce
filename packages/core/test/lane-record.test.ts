import { existsSync } from 'node:fs'
import { defineLanes } from '@isolane/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { folder } from './support/folder.ts'
import { startHost } from './support/start-host.ts'

// A file on a disk that is full.
const full = '/dev/full'

test.skipIf(process.platform !== 'linux')(
  'a record that cannot be written is told of once, and costs no lane',
  async () => {
    vi.stubEnv('ISOLANE_RECORD', full)
    onTestFinished(() => void vi.unstubAllEnvs())
    const disposed: number[] = []
    const dispose = ({ number }: { number: number }): number => disposed.push(number)
    const { host, messages, states } = await startHost(
      defineLanes({ folder: folder({ dispose }) }),
      { spares: 0 },
    )
    const lane = await host.acquire({ slot: 1 })
    host.leased(lane.id, '1', 1)
    host.usedApart(lane.id, [], { written: [], kept: [], ports: [3000], sockets: [] })
    host.release(lane.id, { discard: true })
    const next = await host.acquire({ slot: 1 })
    expect(next.file.number).toBe(2)
    await states('2 leased')
    expect(disposed).toEqual([1])
    expect(existsSync(lane.file.dir)).toBe(false)
    expect(messages).toEqual([
      `The record ${full} tells of no lane from here on: ENOSPC: no space left on device, write`,
    ])
  },
)
