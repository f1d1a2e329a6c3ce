import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project } from './support/project.ts'
import type { Project } from './support/project.ts'
import { replace } from './support/replace.ts'
import { haveSandboxes, sandboxed } from './support/sandboxes.ts'
import { until } from './support/until.ts'

const read = async (it: Project, names: readonly string[]): Promise<(string | undefined)[]> =>
  await Promise.all(
    names.map(async (name) => await readFile(join(it.dir, name), 'utf8').catch(() => undefined)),
  )

describe.runIf(haveSandboxes)('with sandboxes a run is as without them', () => {
  test('snapshots: written, read, updated, removed; inline; in files of their own', async () => {
    const body = (value: number): string => `
      import { expect, test } from 'vitest'
      test('snap', async () => {
        expect({ value: ${value} }).toMatchSnapshot()
        await expect('value ${value}').toMatchFileSnapshot('./golden/value.txt')
      })
    `
    const inline = (value: number): string =>
      `import { expect, test } from 'vitest'\ntest('inline', () => { expect(${value}).toMatchInlineSnapshot() })\n`
    const it = await project({
      ...sandboxed(),
      'snap.test.ts': body(1),
      'old.test.ts':
        "import { expect, test } from 'vitest'\ntest('old', () => { expect(1).toMatchSnapshot() })",
      'inline.test.ts': inline(1),
    })
    const snapshots = async (): Promise<readonly (string | undefined)[]> =>
      await read(it, [
        '__snapshots__/snap.test.ts.snap',
        '__snapshots__/old.test.ts.snap',
        'golden/value.txt',
        'inline.test.ts',
      ])
    expect((await it.run()).output).toContain('Snapshots  4 written')
    const [first, old, golden, inlined] = await snapshots()
    expect(first).toContain('"value": 1')
    expect(old).toContain('exports')
    expect(golden).toBe('value 1')
    expect(inlined).toContain('toMatchInlineSnapshot(`1`)')
    await it.write({
      'snap.test.ts': body(2),
      'old.test.ts': "import { test } from 'vitest'\ntest('old', () => {})",
      'inline.test.ts': inlined?.replace('expect(1)', 'expect(2)') ?? '',
    })
    const changed = await it.run()
    expect({ exitCode: changed.exitCode, failed: changed.failed }).toEqual({
      exitCode: 1,
      failed: 2,
    })
    expect((await it.run('-u')).exitCode).toBe(0)
    const [second, removed, ...others] = await snapshots()
    expect(second).toContain('"value": 2')
    expect(removed).toBeUndefined()
    expect(others).toEqual(['value 2', inline(2).replace('Snapshot()', 'Snapshot(`2`)')])
  })

  test('list, shard, bail and retry', async () => {
    const it = await project({
      ...sandboxed(),
      'a.test.ts':
        "import { test } from 'vitest'\nlet n = 0\ntest('retried', { retry: 2 }, () => { if (n++ < 2) throw new Error('again') })",
      'b.test.ts': "import { test } from 'vitest'\ntest('fails', () => { throw new Error('no') })",
      'c.test.ts':
        "import { test } from 'vitest'\nimport { lanes } from './lanes.ts'\ntest('c', () => void lanes.current().port.number)",
    })
    const { child, output, ended } = it.start('list')
    await ended
    expect({ exitCode: child.exitCode, output: output().trim() }).toEqual({
      exitCode: 0,
      output: 'a.test.ts > retried\nb.test.ts > fails\nc.test.ts > c',
    })
    expect(await it.run('--shard=1/3')).toMatchObject({ exitCode: 0, passed: 1 })
    await it.write({
      'd.test.ts': "import { test } from 'vitest'\ntest('fails', () => { throw new Error('no') })",
    })
    expect(await it.run('--bail=1', '--maxWorkers=1', 'b.test', 'd.test')).toMatchObject({
      exitCode: 1,
      failures: ['fails'],
    })
    expect(await it.run()).toMatchObject({ exitCode: 1, passed: 2, failures: ['fails', 'fails'] })
    expect(await it.leftovers()).toEqual([])
  })

  test('concurrent tests of a file share its sandbox, and no other file meets them there', async () => {
    const meet = (name: string): string => `
      import { once } from 'node:events'
      import { appendFileSync, readFileSync } from 'node:fs'
      import { createServer } from 'node:http'
      import { describe, test } from 'vitest'
      import { lanes } from './lanes.ts'

      const listens = Promise.withResolvers()
      const asked = Promise.withResolvers()
      describe.concurrent('${name}', () => {
        test('serves', async ({ expect }) => {
          appendFileSync('log', '${name} serves')
          const server = createServer((_, response) => response.end('${name}')).listen(3000)
          await once(server, 'listening')
          listens.resolve(lanes.current().id)
          await asked.promise
          server.closeAllConnections()
          server.close()
          expect(readFileSync('log', 'utf8')).toBe('${name} serves, asks')
        })
        test('asks', async ({ expect }) => {
          expect(await listens.promise).toBe(lanes.current().id)
          appendFileSync('log', ', asks')
          expect(await (await fetch('http://127.0.0.1:3000')).text()).toBe('${name}')
          asked.resolve()
        })
      })
    `
    const it = await project({ ...sandboxed(), 'a.test.ts': meet('a'), 'b.test.ts': meet('b') })
    const { exitCode, passed, output } = await it.run('--maxWorkers=2')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 4 })
    expect(output).toContain(
      'isolane: the sandbox kept apart port 3000 (2 workers) and log (2 workers).',
    )
    expect(await read(it, ['log'])).toEqual([undefined])
    expect(await it.leftovers()).toEqual([])
  })

  test('isolate: false says what a worker keeps', async () => {
    const it = await project({
      ...sandboxed(),
      ...Object.fromEntries(
        ['a', 'b'].map((name) => [
          `${name}.test.ts`,
          `import { appendFileSync } from 'node:fs'\nimport { test } from 'vitest'\ntest('${name}', () => appendFileSync('log', '${name}'))`,
        ]),
      ),
    })
    const { exitCode, output } = await it.run('--no-isolate', '--maxWorkers=1')
    expect(exitCode, output).toBe(0)
    expect(output).toContain(
      'isolane: with isolate: false a worker keeps its sandbox: files that one test file writes are there for the next one.',
    )
    const { workers } = JSON.parse((await read(it, ['.isolane/sandbox.json']))[0] ?? '') as {
      workers: { files: string[]; written: { path: string }[] }[]
    }
    expect(workers).toMatchObject([
      {
        files: expect.toSatisfy(
          (files: string[]) => files.toSorted().join() === 'a.test.ts,b.test.ts',
        ),
        written: [{ path: 'log' }],
      },
    ])
    expect((await read(it, ['log']))[0]).toBeUndefined()
  })

  test('watch mode sees changed tests, sources, data and inputs of a template', async () => {
    const passed = (text: string): number => text.split(/Tests {2}\d+ passed/).length - 1
    const it = await project({
      ...sandboxed(),
      'value.ts': 'export const value = 1',
      'data.json': '1',
      'a.test.ts': `
        import { readFileSync, writeFileSync } from 'node:fs'
        import { expect, test } from 'vitest'
        import { lanes } from './lanes.ts'
        import { value } from './value.ts'
        test('a', () => {
          const columns = lanes.current().database.open().prepare("select name from pragma_table_info('users')")
          console.log('columns ' + columns.pluck().all().join())
          expect(readFileSync('data.json', 'utf8')).toBe(String(value))
          writeFileSync('data.json', 'changed')
        })
      `,
    })
    const { child, output, ended } = it.start('watch')
    await until('the first run', () => passed(output()) === 1, output)
    await replace(it, { 'data.json': '2' })
    await replace(it, { 'value.ts': 'export const value = 2' })
    await until('the second run', () => passed(output()) === 2, output)
    await replace(it, { 'schema.sql': 'create table users (id integer primary key, more)' })
    await until(
      'the new schema',
      () => /columns id,more[^]*Tests {2}1 passed/.test(output()),
      output,
    )
    child.kill('SIGTERM')
    await ended
    expect(output()).not.toContain('failed')
    await it.nothingLeft(output)
  })
})
