import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project, versions } from './support/project.ts'

/** Tests that leave a transaction open on a lane, and do not where there is none. */
const steps = `
  import { readFileSync } from 'node:fs'
  import { laneTest } from '@isolane/vitest'
  import { test as plain } from 'vitest'
  import { lanes } from './lanes.ts'
  const onLane = process.env.ISOLANE_LANE !== undefined
  export const test = onLane ? laneTest(lanes, { reset: 'test' }) : plain
  export const value = readFileSync('value', 'utf8')
  export function leaveOpen() {
    if (onLane) lanes.current().database.open().exec("begin immediate; insert into users (name) values ('x')")
  }
`

test.for(versions)(
  'Vitest %s: snapshots of the tests before and after a new worker are what they are with forks',
  async (version) => {
    const files = {
      'steps.ts': steps,
      'open.test.ts': `
        import { beforeEach, describe } from 'vitest'
        import { leaveOpen, test, value } from './steps.ts'
        beforeEach(({ expect }) => expect('each').toMatchSnapshot())
        test('before', ({ expect }) => {
          expect('one ' + value).toMatchSnapshot()
          if (value === 'first') expect('only first').toMatchSnapshot()
          expect({ inline: value }).toMatchInlineSnapshot()
        })
        test.skip('skipped', () => {})
        test('skips itself', ({ skip }) => skip())
        describe('suite', () => {
          test('leaves it open', async ({ expect }) => {
            leaveOpen()
            expect.soft(value + ' in a suite').toMatchSnapshot('named')
            await expect(value + ' in a file').toMatchFileSnapshot('own.txt')
          })
          test('after', ({ expect }) => expect({ after: value, lines: 'a\\nb' }).toMatchInlineSnapshot())
        })
        test('leaves one too', ({ expect }) => {
          leaveOpen()
          expect(value + ' again').toMatchSnapshot()
        })
        test('last', { retry: 1 }, ({ expect }) => {
          expect(value).toMatchSnapshot()
          if (value !== 'first') expect('only later').toMatchSnapshot()
        })
      `,
    }
    const [lanes, forks] = await Promise.all([
      project(files, {}, [], version),
      project(files, {}, [], version),
    ])
    const after = async (it: typeof lanes, pool: string, value: string, update: string) => {
      await it.write({ value })
      const started = it.start('run', `--pool=${pool}`, update)
      await started.ended
      const read = async (file: string): Promise<string> =>
        await readFile(join(it.dir, file), 'utf8')
      const output = started.output()
      return {
        exitCode: started.child.exitCode,
        workers: output.match(/runs in a new worker/g)?.length ?? 0,
        summary: output.match(/^ *(Snapshots|Tests|↳) .*$/gm),
        snapshots: await read('__snapshots__/open.test.ts.snap'),
        source: await read('open.test.ts'),
        own: await read('own.txt'),
      }
    }
    for (const [value, update] of [
      ['first', '--update=new'],
      ['second', '--update=none'],
      ['second', '--update=new'],
      ['second', '--update=all'],
    ] as const) {
      const [found, expected] = await Promise.all([
        after(lanes, 'isolated', value, update),
        after(forks, 'forks', value, update),
      ])
      expect(found).toEqual({ ...expected, workers: 2 })
    }
  },
)

test('the one who left a transaction open is named also when it is a test of Vitest itself, or who it may have been', async () => {
  const file = (tests: string): string => `
    import { DatabaseSync } from 'node:sqlite'
    import { laneTest } from '@isolane/vitest'
    import { describe, test as plain } from 'vitest'
    import { lanes } from './lanes.ts'
    const test = laneTest(lanes, { reset: 'test' })
    const open = () => lanes.current().database.open().exec("begin immediate; insert into users (name) values ('x')")
    // Nobody but the app knows of it.
    const app = new DatabaseSync(lanes.current().database.path)
    const openInApp = () => app.exec("begin immediate; insert into users (name) values ('x')")
    ${tests}
    test('comes after it', ({ database, expect }) => {
      expect(database.open().prepare('select count(*) from users').pluck().get()).toBe(0)
    })
  `
  const it = await project({
    'plain.test.ts': file("test('innocent', () => {}); plain('opens', open)"),
    'lane.test.ts': file("test('opens', open); plain('innocent', () => {})"),
    'several.test.ts': file(
      "plain('first', () => {}); test('innocent', () => {}); plain('one', () => {}); describe('in', () => { plain('two', open); plain.skip('no', () => {}) })",
    ),
    'only.test.ts': file("plain('opens', openInApp)"),
    'app.test.ts': file("test('lane', () => {}); plain('plain', openInApp)"),
    'app-several.test.ts': file(
      "plain('first', () => {}); test('lane', openInApp); plain('one', () => {}); plain('two', () => {}); plain('three', () => {})",
    ),
  })
  const { exitCode, output } = await it.run('--maxWorkers=2')
  expect(exitCode, output).toBe(0)
  const named = output.match(/(?<=isolane: ).*(?= left its lane so that it could not be reset)/g)
  expect(named?.toSorted()).toEqual([
    '"lane" or "plain" (app.test.ts)',
    '"lane", one of 2 tests after it or "three" (app-several.test.ts)',
    '"one" or "in > two" (several.test.ts)',
    '"opens" (lane.test.ts)',
    '"opens" (only.test.ts)',
    '"opens" (plain.test.ts)',
  ])
})
