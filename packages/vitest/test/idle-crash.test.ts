import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project, versions } from './support/project.ts'

/**
 * The worker of `a` stays for `l2`, which waits until `l1` has ended, and dies meanwhile. A project on another pool keeps
 * Vitest from being asked for more files than there are workers.
 */
const files = (options: string): Record<string, string> => ({
  'vitest.config.ts': `
    import { writeFileSync } from 'node:fs'
    import { isolated } from '@isolane/vitest'
    import { ByName } from './by-name.ts'
    import { lanes } from './lanes.ts'
    const listen = (project) => {
      const { createPoolWorker } = project.config.poolRunner
      project.config.poolRunner.createPoolWorker = (options) => {
        const worker = createPoolWorker(options)
        const send = worker.send.bind(worker)
        worker.send = (message) => {
          send(message)
          if (message.type === 'run' && message.context.files[0].filepath.endsWith('l2.test.ts')) writeFileSync('l2-waits', '')
        }
        return worker
      }
    }
    const asked = { name: 'asked', configureVitest({ project, vitest }) {
      vitest.config.reporters.push({ onTestRunStart: () => listen(project) })
    } }
    export default { test: { maxWorkers: 2, sequence: { sequencer: ByName }, projects: [
      { extends: true, plugins: [isolated(lanes, { limits: { 'l?.test.ts': 1 }, ${options} }), asked],
        test: { name: 'lanes', pool: 'isolated', isolate: false, include: ['[al]*.test.ts'] } },
      { extends: true, test: { name: 'plain', pool: 'forks', include: ['z.test.ts'] } },
    ] } }
  `,
  'a.test.ts': `
    import { existsSync, writeFileSync } from 'node:fs'
    import { test } from 'vitest'
    test('a', () => {
      writeFileSync('pid', String(process.pid))
      const timer = setInterval(() => { if (existsSync('l2-waits')) process.reallyExit(7) }, 5)
    })
  `,
  'l1.test.ts': `
    import { existsSync, readFileSync } from 'node:fs'
    import { test } from 'vitest'
    const runs = () => { try { return process.kill(Number(readFileSync('pid', 'utf8')), 0) } catch { return false } }
    test('l1', async () => {
      while (!existsSync('l2-waits') || runs()) await new Promise((resolve) => setTimeout(resolve, 10))
    })
  `,
  'l2.test.ts': "import { test } from 'vitest'\ntest('l2', () => {})",
  'z.test.ts': "import { test } from 'vitest'\ntest('z', () => {})",
})

test.for(versions)(
  'Vitest %s: a worker that dies while it has nothing to run is reported, and nothing runs again',
  async (version) => {
    const it = await project(files(''), { ISOLANE_RECORD: 'record.jsonl' }, [], version)
    const run = it.start('run', '--reporter=default', '--reporter=@isolane/flake/vitest-reporter')
    await run.ended
    const output = run.output()
    expect(run.child.exitCode, output).toBe(0)
    expect(output).toMatch(/Tests {2}4 passed \(4\)/)
    expect(output.match(/isolane: a worker crashed.*/g)).toEqual([
      expect.stringMatching(
        /^isolane: a worker crashed while it had nothing to run, after a\.test\.ts: exit code 7 \(lane \S+\)\.$/,
      ),
    ])
    const record = (await readFile(join(it.dir, 'record.jsonl'), 'utf8')).trim().split('\n')
    expect(
      record
        .filter((line) => line.includes('"event":"crash"'))
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      expect.objectContaining({ event: 'crash', file: 'a.test.ts', detail: 'exit code 7' }),
    ])
    expect(await it.leftovers()).toEqual([])
  },
)

test('failOnCrash makes the run red then too', async () => {
  const it = await project(files('failOnCrash: true'))
  const run = it.start('run')
  await run.ended
  expect(run.child.exitCode).toBe(1)
  expect(run.output()).toMatch(/Tests {2}4 passed \(4\)/)
  expect(run.output()).toMatch(
    /Crash .*\nIsolaneError: A worker crashed while it had nothing to run, after a\.test\.ts: exit code 7\./,
  )
})
