import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'

// As a bundler or a compiler does: work for every core, and more.
const work = 'for (const end = Date.now() + 2500; Date.now() < end;);'

test('builds everything', async () => {
  const workers = Array.from({ length: 2 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', work]),
  )
  const codes = workers.map((worker) => new Promise((settle) => worker.once('exit', settle)))
  expect(await Promise.all(codes)).toEqual(workers.map(() => 0))
}, 60_000)
