import { expect, test } from 'vitest'
import { project } from './support/project.ts'

const one = { 'one.test.ts': "import { test } from 'vitest'\ntest('one', () => {})\n" }
const lanes = (resources: string): Record<string, string> => ({
  ...one,
  'lanes.ts': `
    import { accounts, defineLanes, port, server, sqlite, tempDir } from '@isolane/core'
    export const lanes = defineLanes({ ${resources} })
  `,
})

/** Message as the user reads it: from the error's name to the end of its hint. */
function message(output: string): string {
  const start = output.indexOf('IsolaneError: ')
  const end = output.indexOf('\n', output.indexOf('Hint: ', start))
  return output
    .slice(start, end)
    .replace(/[0-9a-f]{8}-\d+/g, '<lane>')
    .replace(/\d+ ms/g, '<n> ms')
    .replace(/port \d+/g, 'port <n>')
}

const cases: Record<string, { files: Record<string, string>; says: string }> = {
  'a schema file that is missing': {
    files: lanes("database: sqlite({ schema: 'missing.sql' })"),
    says: 'IsolaneError: The file "missing.sql" of sqlite({ schema }) does not exist; looked at <project>/missing.sql.\nHint: correct the path in sqlite({ schema }); it starts at the project root.',
  },
  'an unknown option with its nearest spelling': {
    files: lanes("database: sqlite({ schemas: 'schema.sql' })"),
    says: 'IsolaneError: sqlite() has no option "schemas". Allowed: schema, migrate, migrateTimeoutMs, seed, from, inputs, env, pathEnv, journalMode.\nHint: write "schema" instead of "schemas".',
  },
  'a server that dies at start': {
    files: lanes("port: port(), app: server({ command: 'echo no database; exit 3' })"),
    says: 'IsolaneError: The app server "echo no database; exit 3" ended with exit code 3 after <n> ms, before it was ready (lane <lane>).\nIt printed:\n  no database\nHint: run the command by hand with the same PORT; it must stay in the foreground.',
  },
  'a server that never answers': {
    files: lanes("port: port(), app: server({ command: 'sleep 600', readyTimeoutMs: 300 })"),
    says: 'IsolaneError: The app server "sleep 600" was not ready within <n> ms: it does not accept connections (lane <lane>).\nHint: make the app listen on 127.0.0.1:$PORT, name a path that answers with ready, or raise readyTimeoutMs.',
  },
  'a server command that is not there': {
    files: lanes("port: port(), app: server({ command: 'no-such-command-at-all' })"),
    says: 'IsolaneError: The app server "no-such-command-at-all" ended with exit code 127 after <n> ms, before it was ready (lane <lane>).',
  },
  'a server without a port above it': {
    files: lanes("app: server({ command: 'sleep 600' })"),
    says: 'IsolaneError: "app" needs a port: no resource above it sets PORT.\nHint: declare port() above server(), or name the variable with portEnv.',
  },
  'a broken seed contract': {
    files: lanes(
      "database: sqlite({ schema: 'schema.sql' }), accounts: accounts({ roles: { instructor: { verify: ({ database }) => { if (database.open().prepare('select count(*) from users').pluck().get() === 0) throw new Error('no course is visible') } } } })",
    ),
    says: 'IsolaneError: Seed contract of role "instructor" is broken on lane <lane> (instructor.worker1@isolane.test): no course is visible\nHint: make the seed or accounts.roles.instructor.create give this role what its tests need.',
  },
  'an account that needs what is not declared': {
    files: lanes(
      'port: port(), accounts: accounts({ roles: { admin: { create: ({ database }) => { database.open() } } } })',
    ),
    says: 'IsolaneError: "accounts" reads "database", which defineLanes() does not declare above it (above: port).\nHint: declare "database" above "accounts", or give the resource that name.',
  },
}

for (const [what, { files, says }] of Object.entries(cases)) {
  test(`${what}: one clear message, no test runs, nothing is left`, async () => {
    const it = await project(files)
    const { exitCode, passed, output } = await it.run()
    expect(message(output), output).toContain(says)
    expect({ exitCode, passed }).toEqual({ exitCode: 1, passed: 0 })
    expect(output).not.toMatch(/packages\/(core|vitest)\/dist/)
    expect(await it.leftovers()).toEqual([])
  })
}

test('a schema that does not parse names file and line', async () => {
  const it = await project({
    ...one,
    'schema.sql': 'create table a (id);\n\ncreate tabel b (id);\n',
  })
  const { exitCode, output } = await it.run()
  expect(exitCode).toBe(1)
  expect(message(output), output).toMatch(/schema\.sql.*3/)
  expect(await it.leftovers()).toEqual([])
})

test('a seed that throws is quoted', async () => {
  const it = await project(
    lanes(
      "database: sqlite({ schema: 'schema.sql', seed: () => { throw new Error('no seed today') } })",
    ),
  )
  const { exitCode, output } = await it.run()
  expect(exitCode).toBe(1)
  expect(message(output), output).toContain('sqlite({ seed }) threw: no seed today')
  expect(output).not.toMatch(/packages\/(core|vitest)\/dist/)
  expect(await it.leftovers()).toEqual([])
})

test('a cache directory that cannot be written', async () => {
  const it = await project({ ...one, 'a-file': '' })
  const read = await project(
    { ...one, 'a-file': '' },
    { ISOLANE_CACHE_DIR: `${it.dir}/a-file/cache` },
  )
  const { exitCode, output } = await read.run()
  expect(exitCode).toBe(1)
  expect(message(output), output).toMatch(/cache[\s\S]*Hint: .*ISOLANE_CACHE_DIR/)
  expect(output).not.toMatch(/packages\/(core|vitest)\/dist/)
})

test('a wrong option of isolated() names its path', async () => {
  const it = await project({
    ...one,
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      export default { plugins: [isolated(undefined, { spareWorkers: -1 })], test: { pool: 'isolated' } }
    `,
  })
  const { exitCode, output } = await it.run()
  expect(exitCode).toBe(1)
  expect(output).toContain('isolated.spareWorkers must be a whole number from 0 up; received -1.')
})
