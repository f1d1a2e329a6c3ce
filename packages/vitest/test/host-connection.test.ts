import { expect, test } from 'vitest'
import { project } from './support/project.ts'

test('a worker that has lost its connection to the host makes another', async () => {
  const it = await project({
    'loses.test.ts': `
      import { subscribe } from 'node:diagnostics_channel'
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const connections = []
      subscribe('net.client.socket', ({ socket }) => connections.push(socket))
      const test = laneTest(lanes, { reset: 'test' })
      const insert = (database, name) => database.open().prepare('insert into users (name) values (?)').run(name)
      test('loses it', ({ database }) => {
        insert(database, 'lost')
        for (const one of connections) one.destroy()
      })
      test('finds the base', ({ database, expect }) => {
        expect(database.open().prepare('select name from users').all()).toEqual([])
      })
      test('loses it and fails', ({ database, expect }) => {
        insert(database, 'kept')
        for (const one of connections) one.destroy()
        expect(1).toBe(2)
      })
    `,
  })
  const { passed, failures, output } = await it.run()
  expect({ passed, failures }, output).toEqual({ passed: 2, failures: ['loses it and fails'] })
  expect(output).toContain('    database: users +1\n')
  expect(output).not.toContain('IsolaneError')
})

test('a connection that could not be made is tried again', async () => {
  const it = await project({
    'late.test.ts': `
      import { renameSync } from 'node:fs'
      import { laneTest } from '@isolane/vitest'
      import { lanes } from './lanes.ts'
      const test = laneTest(lanes)
      const run = process.env.ISOLANE_HOST + '/run.json'
      renameSync(run, run + '.hidden')
      test('fails', ({ database, expect }) => {
        renameSync(run + '.hidden', run)
        database.open().exec("insert into users (name) values ('kept')")
        expect(1).toBe(2)
      })
    `,
  })
  const { failures, output } = await it.run()
  expect(failures, output).toEqual(['fails'])
  expect(output).toContain('    database: users +1\n')
  expect(output).not.toContain('IsolaneError')
})
