import { expect, test } from 'vitest'
import { guarded, saidIn } from './support/guarded.ts'
import { project } from './support/project.ts'

const within = (title: string, ...lines: string[]): string =>
  [`isolane: ${title} left something behind:`, ...lines.map((line) => `  ${line}`)].join('\n')

test('names timers of node:timers/promises that still run', async () => {
  const it = await project({
    ...guarded("'warn'"),
    'timers.test.ts': `
      import { setInterval as every, setTimeout as sleep } from 'node:timers/promises'
      import timers from 'node:timers/promises'
      import { afterAll, expect, test } from 'vitest'

      const stop = new AbortController()
      const { signal } = stop
      afterAll(() => stop.abort())
      const forever = async (options) => { for await (const _ of every(1_000, undefined, options)); }
      const soon = async () => { for await (const at of every(1, 'value')) { expect(at).toBe('value'); break } }

      test('an interval', () => { void forever({ signal }).catch(() => {}) })
      test('a timeout', () => { void timers.setTimeout(60_000, undefined, { signal }).catch(() => {}) })
      test('nothing that is over', async () => {
        await soon()
        expect(await sleep(2, 'value')).toBe('value')
        const { done } = await every(1).return()
        expect(done).toBe(true)
        const first = AbortSignal.abort('no')
        await expect(forever({ signal: first })).rejects.toThrow('abort')
        await expect(sleep(1_000, undefined, { signal: first })).rejects.toThrow('abort')
        const own = new AbortController()
        const running = forever({ signal: own.signal })
        own.abort()
        await expect(running).rejects.toThrow('abort')
      })
      test('nothing that keeps no process alive', () => {
        void forever({ ref: false })
        void sleep(60_000, undefined, { ref: false })
      })
      test('nothing that never began', () => { every(1_000) })
      test('not the rejection that nobody handles', async () => {
        void sleep(1_000, undefined, { signal: AbortSignal.abort() })
      })
    `,
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 1, passed: 6 })
  expect(output).toMatch(/Unhandled Rejection[^]*AbortError[^]*Errors {2}1 error/)
  const hint = 'Hint: clear the timer in the test or in afterEach.'
  expect(saidIn(output)).toEqual([
    `${within('timers.test.ts > a timeout', 'timers.test.ts:13 left a timeout pending (60000 ms)')}\n${hint}`,
    `${within('timers.test.ts > an interval', 'timers.test.ts:9 left an interval running (1000 ms)')}\n${hint}`,
  ])
})

test('names children that outlive their signal, at the end of the file, and those only asked whether they live', async () => {
  const it = await project({
    ...guarded("'warn'"),
    'children.test.ts': `
      import { spawn } from 'node:child_process'
      import { once } from 'node:events'
      import { describe, expect, test } from 'vitest'

      // Each runs until its input ends, as it does with this worker.
      const start = async (code) => {
        const child = spawn(process.execPath, ['-e', code + "; process.stdin.resume(); console.log('ready')"])
        await once(child.stdout, 'data')
        return child
      }
      const deaf = "process.on('SIGTERM', () => {})"

      describe('suite', () => {
        test('is only asked', async () => {
          const child = await start('')
          expect(child.kill(0)).toBe(true)
        })
        test('does not listen', async () => {
          const child = await start(deaf)
          child.kill()
        })
        test('ends at once', async () => { (await start('')).kill() })
        test('ends in a moment', async () => {
          const child = await start("process.on('SIGTERM', () => setTimeout(() => process.exit(), 300))")
          child.kill('SIGTERM')
        })
        test('is killed in the end', async () => {
          const child = await start(deaf)
          child.kill()
          child.kill('SIGKILL')
        })
        test('gets another signal', async () => {
          const child = await start("process.on('SIGUSR2', () => {}); 'and more words than a report has room for'")
          child.kill('SIGUSR2')
        })
      })
    `,
  })
  const { exitCode, passed, output } = await it.run()
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 6 })
  expect(saidIn(output)).toMatchInlineSnapshot(`
    [
      "isolane: children.test.ts > suite > gets another signal left something behind:
      children.test.ts:8 left a child process running: node -e process.on('SIGUSR2', () => {}); 'and more words than a report has room for'; process.stdin.resume(); console.l… (pid <pid>)
    Hint: end the process in the test or in afterEach, and wait for its exit.",
      "isolane: children.test.ts > suite > is only asked left something behind:
      children.test.ts:8 left a child process running: node -e ; process.stdin.resume(); console.log('ready') (pid <pid>)
    Hint: end the process in the test or in afterEach, and wait for its exit.",
      "isolane: children.test.ts left something behind:
      children.test.ts:8 left a child process running: node -e process.on('SIGTERM', () => {}); process.stdin.resume(); console.log('ready') (pid <pid>), which children.test.ts > suite > does not listen had asked to end
    Hint: end the process in the test or in afterEach, and wait for its exit.",
    ]
  `)
  expect(await it.leftovers()).toEqual([])
})
