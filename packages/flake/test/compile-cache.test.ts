import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeProject, vitest } from './project.ts'

test('what runs by itself starts from compiled code, what runs beside others as at first', async () => {
  await using project = await makeProject({
    'says.test.js': `import { appendFileSync } from 'node:fs'
      import { expect, test } from 'vitest'
      test('says where code is kept', () => {
        appendFileSync('MEMORY/said', (process.env.NODE_COMPILE_CACHE ?? 'nowhere') + '\\n')
        expect(1).toBe(2)
      })`,
    'other.test.js': `import { test } from 'vitest'
      test('passes', () => {})`,
  })
  const { report } = await project.flake({ command: [...vitest, 'run', '--maxWorkers=2'] })
  expect(report.findings).toMatchObject([{ verdict: 'consistent' }])
  const said = readFileSync(join(project.memory, 'said'), 'utf8').trim().split('\n')
  const runs = join(project.dir, '.isolane', 'flake', 'runs')
  expect(new Set(said)).toEqual(new Set(['nowhere', join(runs, 'compile-cache')]))
  expect(said[0]).toBe('nowhere')
  expect(existsSync(join(runs, 'compile-cache'))).toBe(false)
})
