import type { runners } from './run.ts'

/** A project in projects/ that its authors run serially. */
export interface SerialProject {
  readonly name: string
  readonly runner: keyof typeof runners
  /** The command as its authors call it. */
  readonly command: readonly string[]
  /** What makes the runner parallel without Isolane. */
  readonly parallel: readonly string[]
  readonly tests: number
  /** What a parallel run without sandboxes says. Each at least once. */
  readonly collisions: readonly RegExp[]
  /** What the summary of `isolane run` names as kept apart. */
  readonly keptApart: readonly string[]
}

const vitest = {
  runner: 'vitest',
  command: ['npx', 'vitest', 'run'],
  parallel: ['--pool=forks', '--fileParallelism', '--maxWorkers=4'],
} as const

export const serialProjects: readonly SerialProject[] = [
  {
    ...vitest,
    name: 'fixed-port',
    tests: 25,
    collisions: [/EADDRINUSE: address already in use :::3000/],
    keptApart: ['3000'],
  },
  {
    ...vitest,
    name: 'sqlite-file',
    tests: 54,
    collisions: [
      /database is locked|UNIQUE constraint failed|expected \[.*\] to deeply equal/,
      /FAIL +tests\/better-sqlite3\//,
      /FAIL +tests\/node-sqlite\//,
      /FAIL +tests\/libsql\//,
    ],
    keptApart: ['test.db'],
  },
  {
    ...vitest,
    name: 'queue-daemon',
    tests: 19,
    collisions: [/printd runs already|ECONNRESET|ECONNREFUSED|ENOENT \/tmp\/printd\.sock|expected/],
    keptApart: ['/tmp/printd.sock'],
  },
  {
    name: 'json-file',
    runner: 'jest',
    command: ['npx', 'jest', '--runInBand'],
    parallel: ['--runInBand=false', '--maxWorkers=4'],
    tests: 20,
    collisions: [/in JSON at position|Unexpected end of JSON input|expect\(received\)/],
    keptApart: ['data/switches.json'],
  },
  {
    name: 'web-server',
    runner: 'playwright',
    command: ['npx', 'playwright', 'test'],
    // A test that waits for a row which another has removed waits half a minute.
    parallel: ['--workers=4', '--max-failures=3'],
    tests: 13,
    collisions: [/expect\(locator\)|waiting for/],
    keptApart: ['stock.db', '4173'],
  },
]
