import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'

const isolane = (...words: string[]): string[] => [
  process.execPath,
  join(import.meta.dirname, '../dist/main.js'),
  ...words,
]

// Workers side by side meet by agreement and not by luck; who is kept apart waits a while and goes on alone.
const meeting = `import { createServer } from 'node:http'
  export default async (project) => {
    const said = new Set()
    const server = createServer(({ method, url }, response) => {
      if (method === 'PUT') said.add(url)
      response.end(said.has(url) ? 'yes' : 'no')
    })
    await new Promise((settle) => server.listen(0, '127.0.0.1', settle))
    const beside = project.vitest.config.maxWorkers > 1
    project.provide('meeting', beside ? 'http://127.0.0.1:' + server.address().port : '')
    return () => new Promise((settle) => server.close(settle))
  }`
const file = (body: string): string => `import { execFileSync } from 'node:child_process'
  import { expect, inject, test } from 'vitest'
  const place = inject('meeting')
  const ask = (method, word) => fetch(place + '/' + word, { method }).then((answer) => answer.text())
  const say = async (word) => { if (place) await ask('PUT', word) }
  const hear = async (word) => {
    const deadline = Date.now() + 30_000
    while (place && Date.now() < deadline && (await ask('GET', word)) === 'no') {
      await new Promise((settle) => setTimeout(settle, 10))
    }
  }
  // No process of Node.js touches the file, and no error names it.
  const shell = (line) => execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' }).trim()
  ${body}`

test('what a failure owes to shared files is shown by files of their own', async () => {
  const it = await runProject({
    'vitest.config.js': `export default { test: { globalSetup: './meeting.js', maxWorkers: 2, testTimeout: 60_000 } }`,
    'meeting.js': meeting,
    'keeps.test.js': file(`test('keeps its name', async () => {
      shell('echo keeps > name')
      await say('written')
      await hear('overwritten')
      expect(shell('cat name')).toBe('keeps')
    })`),
    'takes.test.js': file(`test('takes the name', async () => {
      await hear('written')
      shell('echo takes > name')
      await say('overwritten')
    })`),
  })
  const words = ['flake', '--budget', '10m', '--', ...commands.vitest, 'run']
  const ended = await it.start(isolane(...words)).ended
  expect(ended.exitCode, ended.stderr).toBe(3)
  const report = JSON.parse(readFileSync(join(it.dir, '.isolane/flake/report.json'), 'utf8')) as {
    findings: { arms: Record<string, { runs: number; failures: number }>; evidence: object[] }[]
  }
  expect(report.findings).toMatchObject([
    {
      test: { key: 'keeps.test.js > keeps its name' },
      verdict: 'parallel-only',
      mechanism: 'collision',
      cause: 'file',
      culprits: [{ role: 'co-runner', key: 'takes.test.js > takes the name' }],
    },
  ])
  const { runs = 0, failures } = report.findings[0]?.arms['files-isolated'] ?? {}
  expect(failures).toBe(0)
  expect(report.findings[0]?.evidence).toContainEqual(
    expect.objectContaining({
      kind: 'intervention',
      detail: `it fails 0 of ${runs} times when every worker has files of its own`,
    }),
  )
  expect(await it.gone()).toEqual([])
}, 480_000)
