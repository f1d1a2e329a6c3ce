import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'
import { until } from './support/until.ts'

/** What a test printed as one JSON line. */
function facts(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.split('\n').find((line) => line.startsWith('{')) ?? '{}') as Record<
    string,
    unknown
  >
}

const meet = `
  import { existsSync, writeFileSync } from 'node:fs'
  import { expect, test } from './test.ts'

  export function meets(name: string, other: string) {
    test(name, async ({ lane, database, port, app, request, accounts }) => {
      await request.post('/notes', { form: { text: name } })
      writeFileSync(name + '.here', '')
      await expect.poll(() => existsSync(other + '.here'), { timeout: 90_000 }).toBe(true)
      expect(await (await request.get('/')).text()).toContain('<p>' + name + '</p>')
      console.log(JSON.stringify({
        lane: lane.id, slot: lane.slot, path: database.path, port: port.number, pid: app.pid, email: accounts.admin.email,
      }))
    })
  }
`

test('gives two workers at the same time two of everything', async () => {
  const { run, gone } = await project({
    'meet.ts': meet,
    'one.spec.ts': `import { meets } from './meet.ts'\nmeets('one', 'two')`,
    'two.spec.ts': `import { meets } from './meet.ts'\nmeets('two', 'one')`,
  })
  const { attempts, exitCode, output } = await run()
  expect(exitCode, output).toBe(0)
  const [one, two] = attempts.map(({ stdout }) => facts(stdout))
  for (const name of ['lane', 'slot', 'path', 'port', 'pid', 'email']) {
    expect(one?.[name]).toBeDefined()
    expect(one?.[name]).not.toBe(two?.[name])
  }
  expect(new Set([one?.['slot'], two?.['slot']])).toEqual(new Set([1, 2]))
  expect(await gone()).toEqual([])
})

test('gives the worker after a failed test a ready lane without the rows of the dead one', async () => {
  const { run, gone } = await project({
    'restart.spec.ts': `
      import { expect, test } from './test.ts'

      test('fails', async ({ lane, request }) => {
        await request.post('/notes', { form: { text: 'from the dead' } })
        console.log(JSON.stringify({ state: lane.id + '/' + lane.generation }))
        throw new Error('on purpose')
      })
      test('goes on', async ({ lane, request, as, accounts }) => {
        expect(await (await request.get('/')).text()).toContain('<p></p>')
        const admin = await as('admin')
        await admin.goto('/')
        await expect(admin.locator('h1')).toHaveText(accounts.admin.email)
        console.log(JSON.stringify({ state: lane.id + '/' + lane.generation }))
      })
    `,
  })
  const { attempts, exitCode, output } = await run('--workers=1')
  expect(exitCode, output).toBe(1)
  expect(attempts.map(({ status }) => status)).toEqual(['failed', 'passed'])
  const [dead, next] = attempts
  expect(next?.workerIndex).not.toBe(dead?.workerIndex)
  expect(facts(next?.stdout ?? '')['state']).not.toBe(facts(dead?.stdout ?? '')['state'])
  expect(await gone()).toEqual([])
})

test.each(['worker', 'server'])('survives SIGKILL of a %s in the middle of a test', async (who) => {
  const { run, gone } = await project({
    'kill.spec.ts': `
      import { expect, test } from './test.ts'

      test('is killed', async ({ lane, request, app }) => {
        await request.post('/notes', { form: { text: 'from the dead' } })
        if (${JSON.stringify(who)} === 'worker') process.kill(process.pid, 'SIGKILL')
        process.kill(-app.pid, 'SIGKILL')
        await expect.poll(() => request.get('/').then(() => 'answers', () => 'gone')).toBe('gone')
        throw new Error('the server is gone')
      })
      for (const at of [1, 2, 3]) {
        test('goes on ' + at, async ({ request, as }) => {
          const text = at === 1 ? '' : 'x'.repeat(at - 1).split('').join(',')
          expect(await (await request.get('/')).text()).toContain('<p>' + text + '</p>')
          await request.post('/notes', { form: { text: 'x' } })
          await (await as('instructor')).goto('/')
        })
      }
    `,
  })
  const { attempts, exitCode, output } = await run('--workers=1')
  expect(exitCode, output).toBe(1)
  expect(attempts.map(({ status }) => status)).toEqual(['failed', 'passed', 'passed', 'passed'])
  expect(await gone()).toEqual([])
})

test('starts nothing for --list', async () => {
  const { start, cacheDir, gone } = await project({
    'one.spec.ts': `import { test } from './test.ts'\ntest('one', async ({ lane }) => {})`,
  })
  const { child, output, ended } = start('--list')
  await ended
  expect(child.exitCode).toBe(0)
  expect(output()).toContain('one.spec.ts:2:1 › one')
  expect(existsSync(join(cacheDir, 'runs'))).toBe(false)
  expect(await gone()).toEqual([])
})

test.each(['SIGINT', 'SIGKILL'] as const)('leaves nothing behind after %s', async (signal) => {
  const { start, dir, leftovers, gone } = await project({
    'hang.spec.ts': `
      import { writeFileSync } from 'node:fs'
      import { test } from './test.ts'

      test('hangs', async ({ page }) => {
        await page.goto('/')
        writeFileSync('hanging', '')
        await new Promise(() => {})
      })
    `,
  })
  const { child, ended } = start('--workers=1')
  await until('the test hangs', () => existsSync(join(dir, 'hanging')))
  expect(await leftovers()).not.toEqual([])
  child.kill(signal)
  await ended
  expect(await gone()).toEqual([])
})
