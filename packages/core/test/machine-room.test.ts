import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { cgroupRoom } from '../src/host/machine/cgroup.ts'
import { MachineRoom } from '../src/host/machine/machine-room.ts'
import { processTable } from '../src/host/machine/process-table.ts'
import { tempCache } from './support/temp-cache.ts'

/** A directory with these files below it. */
function given(files: Readonly<Record<string, string>>): string {
  const root = tempCache()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

const mib = 2 ** 20
const none = { cores: Infinity, limitBytes: Infinity, freeBytes: Infinity }

test('a machine without control groups sets no limit', () => {
  expect(cgroupRoom(given({}))).toEqual(none)
})

test('version 2: every group limits those below it', () => {
  const group = 'sys/fs/cgroup/user.slice/job'
  const root = given({
    'proc/self/mountinfo':
      '24 1 0:22 / /proc rw - proc proc rw\n30 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n',
    'proc/self/cgroup': '0::/user.slice/job\n',
    [`${group}/cpu.max`]: 'max 100000\n',
    [`${group}/memory.max`]: `${512 * mib}\n`,
    [`${group}/memory.current`]: `${300 * mib}\n`,
    [`${group}/memory.stat`]: `anon 1\ninactive_file ${100 * mib}\nactive_file 5\n`,
    'sys/fs/cgroup/user.slice/cpu.max': '150000 100000\n',
    'sys/fs/cgroup/user.slice/memory.max': 'max\n',
  })
  expect(cgroupRoom(root)).toEqual({ cores: 1.5, limitBytes: 512 * mib, freeBytes: 312 * mib })
  writeFileSync(join(root, 'sys/fs/cgroup/user.slice/memory.max'), String(400 * mib))
  writeFileSync(join(root, 'sys/fs/cgroup/user.slice/memory.current'), String(500 * mib))
  expect(cgroupRoom(root)).toEqual({ cores: 1.5, limitBytes: 400 * mib, freeBytes: 0 })
})

test('version 1, also where a container sees a part of the tree', () => {
  const mount = (what: string): string =>
    `33 31 0:29 /docker/abc /sys/fs/cgroup/${what} rw - cgroup cgroup rw,${what}\n`
  const root = given({
    'proc/self/mountinfo': `${mount('memory')}${mount('cpu,cpuacct')}`,
    'proc/self/cgroup': '4:memory:/docker/abc/inner\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '250000\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/memory/inner/memory.limit_in_bytes': `${64 * mib}\n`,
    'sys/fs/cgroup/memory/inner/memory.usage_in_bytes': `${60 * mib}\n`,
    'sys/fs/cgroup/memory/inner/memory.stat': `inactive_file 1\ntotal_inactive_file ${mib}\n`,
  })
  expect(cgroupRoom(root)).toEqual({ cores: 2.5, limitBytes: 64 * mib, freeBytes: 5 * mib })
  writeFileSync(join(root, 'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us'), '-1\n')
  expect(cgroupRoom(root).cores).toBe(Infinity)
})

const cpuGroup = '/sys/fs/cgroup/cpu'

/** A real control group of version 1 with half a core; undefined where none can be made. */
function realGroup(): string | undefined {
  const path = join(cpuGroup, `isolane-test-${process.pid}`)
  try {
    if (!/^\d+:cpu:\/$/m.test(readFileSync('/proc/self/cgroup', 'utf8'))) return undefined
    mkdirSync(path)
    onTestFinished(() => rmdirSync(path))
    writeFileSync(join(path, 'cpu.cfs_quota_us'), '50000')
    return path
  } catch {
    return undefined
  }
}

test('reads the limits of a real control group', async ({ skip }) => {
  const path = realGroup()
  if (path === undefined) return skip('this machine lets nobody make one')
  const module = new URL('../dist/host/machine/machine-room.js', import.meta.url).href
  const code = `import { MachineRoom } from '${module}'; console.log(new MachineRoom().look([process.pid]).cores)`
  const child = spawn(
    'sh',
    ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', path, process.execPath, '-e', code],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await once(child, 'close')
  expect(printed.trim()).toBe('1')
})

test.skipIf(process.platform !== 'linux')(
  'counts what a process and all it starts use, ended ones too',
  async () => {
    const before = processTable()
    // Time of the processor, not of the wall: on a busy machine there is less of it.
    const burn = 'while (process.cpuUsage().user < 150_000);'
    const nested = `require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}])`
    const child = spawn(process.execPath, ['-e', `${nested}; process.stdin.resume()`])
    child.stdin.write('x')
    await expect
      .poll(() => processTable()?.ticksOf(child.pid ?? 0), { timeout: 30_000 })
      .toBeGreaterThan(5)
    const after = processTable()
    const own = (after?.ticksOf(process.pid) ?? 0) - (before?.ticksOf(process.pid) ?? 0)
    expect(own).toBeGreaterThan(5)
    expect((after?.busyTicks ?? 0) - (before?.busyTicks ?? 0)).toBeGreaterThanOrEqual(own - 5)
    expect(after?.largestBelow(process.pid)).toBeGreaterThan(10 * mib)
    child.stdin.end()
    await once(child, 'exit')
    expect(processTable()?.ticksOf(child.pid ?? 0)).toBe(0)
    const kept = (processTable()?.ticksOf(process.pid) ?? 0) - (before?.ticksOf(process.pid) ?? 0)
    expect(kept).toBeGreaterThanOrEqual(own)
  },
)

test('what processes of no run use is not left to runs', async () => {
  const stat = (busy: number): string => `cpu  ${busy} 0 0 1000 0 0 0 0 0 0\ncpu0 1 0\ncpu1 1 0\n`
  const root = given({
    'proc/stat': stat(0),
    'proc/meminfo': 'MemTotal: 9 kB\nMemAvailable:     2048 kB\n',
    'proc/7/stat': '7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 10 0',
  })
  const room = new MachineRoom(root)
  expect(room.look([7])).toMatchObject({ foreignCores: 0, freeBytes: 2 * mib })
  const { cores } = room.look([7])
  const later = performance.now() + 250
  await expect.poll(() => performance.now() > later).toBe(true)
  // Far more than two cores can do in that time, half of it by the run's own process.
  writeFileSync(join(root, 'proc/stat'), stat(2_000_000))
  writeFileSync(
    join(root, 'proc/7/stat'),
    '7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 500000 500000 0 0 20 0 1 0 5 0 10 0',
  )
  const busy = room.look([7])
  expect(busy.foreignCores).toBeGreaterThan(cores)
  expect(busy).toMatchObject({ cores, leftCores: 1 })
})
