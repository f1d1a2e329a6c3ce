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
