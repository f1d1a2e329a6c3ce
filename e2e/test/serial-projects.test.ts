import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { endProcessesOf, processesLeft } from './support/processes.ts'
import { checkOut, contentOf, layersOf } from './support/project.ts'
import { run } from './support/run.ts'
import { serialProjects } from './support/serial-projects.ts'

/** How often each project must be green: `ISOLANE_E2E_REPEAT=10 npm test -- e2e`. */
const times = Number(process.env['ISOLANE_E2E_REPEAT'] ?? 1)

describe.each(serialProjects)('$name', (project) => {
  const { name, runner, command, parallel, tests, collisions, keptApart } = project

  test('fails with 4 workers, for the reason why its authors run it serially', async () => {
    await using copy = await checkOut(name)
    try {
      const result = await run(copy, runner, [...command, ...parallel])
      expect(result.exitCode).not.toBe(0)
      expect(result.failed).toBeGreaterThan(0)
      for (const collision of collisions) expect(result.output).toMatch(collision)
    } finally {
      endProcessesOf(copy.directory)
      for (const path of ['/tmp/printd.sock', '/tmp/printd.pid']) rmSync(path, { force: true })
    }
  })

  test('passes with 4 workers in sandboxes, with no change', async () => {
    await using copy = await checkOut(name)
    const before = await contentOf(copy.directory)
    for (let time = 1; time <= times; time++) {
      const result = await run(copy, runner, ['isolane', 'run', '--workers', '4', '--', ...command])
      expect(result, result.output).toMatchObject({ exitCode: 0, passed: tests, failed: 0 })
      for (const text of keptApart) expect(result.output).toContain(text)
      expect(await contentOf(copy.directory)).toEqual(before)
      expect(await processesLeft(copy.directory)).toEqual([])
      expect(layersOf(copy)).toEqual([])
    }
  })
})
