import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const isolane = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const vitest = [process.execPath, join(modules, 'vitest', 'vitest.mjs'), 'run']
const slow = { timeout: 240_000 }
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'isolane-cli-bad-'))
  await symlink(modules, join(dir, 'node_modules'), 'dir')
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(dir, 'good.test.js'),
    `import { test } from 'vitest'
     for (let at = 0; at < 200; at += 1) test('good ' + at, () => {})`,
  )
  await writeFile(
    join(dir, 'hang.test.js'),
    `import { writeFileSync } from 'node:fs'
     import { test } from 'vitest'
     process.on('SIGINT', () => {})
     test('hangs', () => { writeFileSync('pids', process.pid + ' ' + process.ppid); for (;;); })`,
  )
})
afterAll(() => rm(dir, { recursive: true, force: true }))

interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(args: readonly string[], cwd = dir) {
  const outer = /^(VITEST|TEST$|NODE_ENV$|GITHUB_STEP_SUMMARY$|FORCE_COLOR$)/
  const clean = Object.entries(process.env).filter(([name]) => !outer.test(name))
  const child = spawn(process.execPath, [isolane, ...args], {
    cwd,
    env: { ...Object.fromEntries(clean), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = once(child, 'close').then(([exitCode]): Ended => ({
    exitCode: exitCode as number | null,
    stdout,
    stderr,
  }))
  return { child, ended }
}

const run = (...args: string[]): Promise<Ended> => start(args).ended
/** Files in which nothing but a lock and half-written documents would stand. */
const leftIn = (cwd: string): string[] => globSync('.isolane/flake/{pid*,*.tmp}', { cwd })

test('no tests, and a command that is not there', slow, async () => {
  const none = await run('flake', '--', ...vitest, 'nothing')
  expect(none.exitCode).toBe(4)
  expect(none.stdout).toMatch(/\n0 tests · 0 passed · .*\n/)
  expect(none.stdout).toMatch(
    /\n1 {2}the run .* the command ended with exit code 1 {2}infrastructure .*\n +before any test ran\n/,
  )
  const passes = await run('flake', '--', ...vitest, 'nothing', '--passWithNoTests')
  expect(passes.exitCode).toBe(0)
  expect(passes.stdout).toContain('No test ran.')

  const { exitCode, stdout, stderr } = await run('flake', '--', './nowhere/vitest', 'run')
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toBe(
    `isolane: Cannot start "./nowhere/vitest": spawn ./nowhere/vitest ENOENT
Hint: check that the path is right.
`,
  )
  const recorded = await run('record', '--out', 'never.jsonl', '--', './nowhere/vitest', 'run')
  expect([recorded.exitCode, recorded.stderr]).toEqual([2, stderr])
  expect(existsSync(join(dir, 'never.jsonl'))).toBe(false)
  expect(leftIn(dir)).toEqual([])
})

test('a wrong command line says how that command is called', slow, async () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...args)
    expect([exitCode, stdout], args.join(' ')).toEqual([2, ''])
    return stderr
  }
  const hint = 'Hint: isolane run [options] -- <test command>; isolane help run tells more.\n'
  expect(await refused('run')).toBe(`error: missing required argument 'command'\n${hint}`)
  expect(await refused('run', '--worker', '4', '--', 'jest')).toBe(
    `error: unknown option '--worker'\n(Did you mean --workers?)\n${hint}`,
  )
  expect(await refused('compare', 'one.xml')).toBe(
    `error: missing required argument 'second'
Hint: isolane compare [options] <first> <second>; isolane help compare tells more.
`,
  )
  await run('flake', '--', ...vitest, 'good')
  expect(await refused('flake', '--verify-fix', 'x', '--', ...vitest)).toBe(
    `isolane: The report knows no test "x"; none failed in it
Hint: isolane flake -- <test command> makes the report; do that before the fix.
`,
  )
  const flak = `error: unknown command 'flak'\n(Did you mean flake?)\nHint: isolane --help lists the commands.\n`
  expect(await refused('flak', '--', 'jest')).toBe(flak)
  expect(await refused('help', 'flak')).toBe(flak)
})

test('records that cannot be read, are foreign, cut, damaged or of the future', slow, async () => {
  await run('record', '--out', 'whole.jsonl', '--', ...vitest, 'good')
  const whole = await readFile(join(dir, 'whole.jsonl'), 'utf8')
  const files: Readonly<Record<string, string>> = {
    'foreign.jsonl': '{"kind":"header","format":"other/1"}\n',
    'text.jsonl': 'hello',
    'empty.jsonl': '',
    'future.jsonl': '{"kind":"header","format":"isolane.record/2"}\n',
    'damaged.jsonl': whole.replace('\n', '\n{"kind":\n'),
    'wrong.jsonl': whole.replace('"outcome":"passed"', '"outcome":"fine"'),
    'cut.jsonl': whole.slice(0, -40),
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  await mkdir(join(dir, 'directory.jsonl'))
  const refused = async (name: string, code = 4): Promise<string> => {
    const { exitCode, stdout, stderr } = await run('flake', '--from', name, '--', ...vitest)
    expect([exitCode, stdout], name).toEqual([code, ''])
    return stderr.replaceAll(dir, '<project>')
  }
  const noHeader = 'Hint: a record starts with a line whose "format" is "isolane.record/1".\n'
  expect(await refused('foreign.jsonl')).toBe(
    `isolane: <project>/foreign.jsonl is not a record: its format is "other/1"\n${noHeader}`,
  )
  expect(await refused('text.jsonl')).toBe(
    `isolane: <project>/text.jsonl is not a record: it has no header line\n${noHeader}`,
  )
  expect(await refused('empty.jsonl')).toBe(
    `isolane: <project>/empty.jsonl is not a record: it has no header line\n${noHeader}`,
  )
  expect(await refused('future.jsonl')).toBe(
    `isolane: <project>/future.jsonl has format isolane.record/2; this version of Isolane reads isolane.record/1
Hint: update isolane to read it: npm install --save-dev isolane@latest
`,
  )
  const edited = 'Hint: make the record again; its lines are not meant to be edited.\n'
  expect(await refused('damaged.jsonl')).toBe(
    `isolane: Line 2 of the record <project>/damaged.jsonl is damaged: it is not JSON\n${edited}`,
  )
  expect(await refused('wrong.jsonl')).toMatch(
    /^isolane: Line \d+ of the record <project>\/wrong\.jsonl is damaged: attempt\.outcome: .*"passed".*\nHint: make the record again; .*\n$/,
  )
  expect(await refused('directory.jsonl')).toBe(
    `isolane: Cannot read the record <project>/directory.jsonl
Hint: check the path; a record is written when ISOLANE_RECORD names a file.
`,
  )
  expect(await refused('nobody-*.jsonl', 2)).toBe(
    `isolane: No record is called "nobody-*.jsonl"
Hint: isolane record -- <test command> makes one; quote globs: --from 'records/*.jsonl'
`,
  )
  const cut = await run('flake', '--from', 'cut.jsonl', '--', ...vitest)
  expect(cut.stderr).toBe(
    'isolane: cut.jsonl breaks off: the run that it is of did not come to its end\n',
  )
  expect(cut.stdout).toMatch(/\n200 tests · 200 passed · /)
  expect(cut.exitCode).toBe(4)
  expect(leftIn(dir)).toEqual([])
})

test(
  'a history that is not there, foreign, damaged or of the future stays as it is',
  slow,
  async () => {
    const refused = async (name: string, code = 4): Promise<string> => {
      const { exitCode, stdout, stderr } = await run('history', '--file', name)
      expect([exitCode, stdout], name).toEqual([code, ''])
      return stderr.replaceAll(dir, '<project>')
    }
    expect(await refused('nowhere.db', 2)).toBe(
      'isolane: There is no history in nowhere.db\nHint: it begins with the first isolane flake -- <test command>.\n',
    )
    const foreign = (name: string): string =>
      `isolane: Cannot use the history <project>/${name}: it is none, or it is damaged
Hint: name the file that isolane flake keeps, .isolane/history.db; its next run begins a damaged one anew.
`
    const manifest = await readFile(join(dir, 'package.json'), 'utf8')
    expect(await refused('package.json')).toBe(foreign('package.json'))
    expect(await readFile(join(dir, 'package.json'), 'utf8')).toBe(manifest)

    await rm(join(dir, '.isolane'), { recursive: true, force: true })
    await run('flake', '--', ...vitest, 'good')
    const kept = await readFile(join(dir, '.isolane', 'history.db'))
    for (const size of [5000, kept.length - 4096]) {
      await writeFile(join(dir, 'cut.db'), kept.subarray(0, size))
      expect(await refused('cut.db')).toBe(foreign('cut.db'))
    }
    const future = Buffer.from(kept)
    future.writeUInt32BE(9, 60)
    await writeFile(join(dir, 'future.db'), future)
    expect(await refused('future.db')).toBe(
      `isolane: Cannot use the history <project>/future.db: it has version 9, and this Isolane reads 1
Hint: update isolane: npm install --save-dev isolane@latest
`,
    )
    await mkdir(join(dir, 'directory.db'))
    expect(await refused('directory.db')).toMatch(
      /^isolane: Cannot use the history <project>\/directory\.db: .+\nHint: check who may write to the file, or remove it\.\n$/,
    )
    const { exitCode, stdout } = await run('history')
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/\n\d runs? · (?:none|1) red/)])
    expect(globSync('*.{damaged-*,db-*}', { cwd: dir })).toEqual([])
  },
)

test.runIf(process.platform !== 'win32').each([
  [
    'flake',
    'isolane: stopping: the running tests are ended, then what is known is reported; --resume goes on from here\n',
  ],
  ['record', 'isolane: stopping: the running tests are ended, and what is known is kept\n'],
])('the second ctrl-C ends isolane %s at once, and nothing lives on', slow, async (name, says) => {
  const path = join(dir, 'pids')
  await rm(path, { force: true })
  const { child, ended } = start([name, '--', ...vitest, 'hang'])
  const seen = once(child.stderr, 'data')
  await expect.poll(() => existsSync(path) && readFileSync(path, 'utf8'), slow).toMatch(/^\d+ \d+/)
  const pids = (await readFile(path, 'utf8')).split(' ').map(Number)
  child.kill('SIGINT')
  await seen
  child.kill('SIGINT')
  const { exitCode, stdout, stderr } = await ended
  expect(exitCode).toBe(130)
  expect(stdout).not.toContain('report.json')
  expect(stderr).toBe(says)
  await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([])
  expect(leftIn(dir)).toEqual([])
  expect(globSync('.isolane/records/*', { cwd: dir })).toEqual([])
})

const small = join(tmpdir(), `isolane-cli-full-${process.pid}`)

test.runIf(canMount())('a disk that is full', slow, async () => {
  await mkdir(join(small, 'project'), { recursive: true })
  const cwd = join(small, 'project')
  try {
    for (const name of ['package.json', 'good.test.js']) {
      await writeFile(join(cwd, name), await readFile(join(dir, name)))
    }
    await symlink(modules, join(cwd, 'node_modules'), 'dir')
    const into = join(cwd, '.isolane')
    await mkdir(into)
    const onDisk = async (size: string, command = 'flake'): Promise<Ended> => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'isolane-test', into])
      try {
        const ended = await start([command, '--', ...vitest, '--reporter=dot'], cwd).ended
        expect(leftIn(cwd)).toEqual([])
        expect(globSync('.isolane/records/*', { cwd })).toEqual([])
        return ended
      } finally {
        execFileSync('umount', [into])
      }
    }
    const hint = 'Hint: make room on the disk, or let this user write there.\n'
    const at = join(into, 'flake')
    // Room for a lock only; for half a record; for the record, but not for all reports.
    const none = await onDisk('4k')
    expect([none.exitCode, none.stdout]).toEqual([4, ''])
    expect(none.stderr).toBe(
      `isolane: Cannot write into ${at}: ENOSPC: no space left on device, write\n${hint}`,
    )
    const half = await onDisk('40k')
    expect(half.exitCode).toBe(4)
    // The tests themselves are not disturbed.
    expect(half.stdout).toMatch(/Tests +200 passed \(200\)/)
    expect(half.stdout).toContain(
      `isolane: the record ${at}/runs/1-first.jsonl breaks off here: ENOSPC: no space left on device, write\n`,
    )
    expect(half.stderr).toMatch(
      /^isolane: Cannot write .*: ENOSPC: no space left on device, write\n/,
    )
    expect(half.stderr.endsWith(hint)).toBe(true)
    const most = await onDisk('160k')
    expect(most.exitCode).toBe(4)
    expect(most.stderr).toMatch(
      /^(isolane: the history is not kept: database or disk is full\n)?isolane: Cannot write .*\/flake\/(report|ctrf)\.(json|html): ENOSPC: no space left on device, write\n/,
    )
    // A record is written where runs are, then copied: with room for one of them only, none stays in its place.
    const kept = await onDisk('120k', 'record')
    expect(kept.exitCode).toBe(4)
    expect(kept.stdout).toMatch(/Tests +200 passed \(200\)/)
    expect(kept.stderr).toBe(
      `isolane: Cannot write into ${into}/records: ENOSPC: no space left on device, copyfile\n${hint}`,
    )
    for (const { stdout, stderr } of [none, half, most, kept]) {
      expect(stdout + stderr).not.toMatch(/^\s+at /m)
    }
  } finally {
    await rm(small, { recursive: true, force: true })
  }
})

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'isolane-test', tmpdir()])
    return true
  } catch {
    return false
  }
}

// A zombie has ended: it only waits for its parent.
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return false
  }
}
