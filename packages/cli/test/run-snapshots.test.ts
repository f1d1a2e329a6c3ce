import { describe, expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'
import type { Ended, RunProject } from './support/run-project.ts'

const vitestFile = (value: string, more: string): string => `
  import { expect, test } from 'vitest'
  test('first', () => { expect({ value: '${value}' }).toMatchSnapshot() })
  test('inline', () => { expect('${value}').toMatchInlineSnapshot() })
  test('file', async () => { await expect('${value}').toMatchFileSnapshot('./out/${value}.txt') })
  ${more}
`
const jestFile = (value: string, more: string): string => `
  test('first', () => { expect({ value: '${value}' }).toMatchSnapshot() })
  test('inline', () => { expect('${value}').toMatchInlineSnapshot() })
  ${more}
`
const second = `test('second', () => { expect(2).toMatchSnapshot() })`

const runners = [
  {
    name: 'Vitest',
    command: [...commands.vitest, 'run'],
    file: vitestFile,
    config: {
      'vitest.config.js': `export default { test: { include: ['checks/*.js'] } }`,
    },
  },
  {
    name: 'Jest',
    command: commands.jest,
    file: jestFile,
    config: {
      'package.json': '{ "jest": { "testMatch": ["<rootDir>/checks/*.js"] } }',
    },
  },
] as const

describe.each(runners)('$name', ({ command, file, config }) => {
  test('snapshots are written, updated and removed as outside', async () => {
    const state = async (
      it: RunProject,
      { stdout, stderr, exitCode }: Ended,
    ): Promise<unknown> => ({
      exitCode,
      summary: `${stdout}\n${stderr}`.match(/^(?!.*\|).*snapshots?.*$/gim),
      files: await Promise.all((await it.files()).map(async (name) => [name, await it.read(name)])),
    })
    const start = { ...config, 'checks/one.js': file('a', second), 'checks/two.js': file('b', '') }
    const outside = await runProject(start)
    const inside = await runProject(start)
    for (const { change, args } of [
      { change: {}, args: [] },
      { change: { 'checks/one.js': file('c', second) }, args: [] },
      { change: { 'checks/one.js': file('c', '') }, args: ['-u'] },
    ]) {
      await outside.write(change)
      await inside.write(change)
      const [one, other] = await Promise.all([
        outside.plain([...command, ...args]),
        inside.isolane('--', ...command, ...args),
      ])
      expect(await state(inside, other)).toEqual(await state(outside, one))
    }
  })
})
