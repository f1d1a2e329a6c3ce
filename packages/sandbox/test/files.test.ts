import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { Sandboxes, sandboxSettings } from '@isolane/sandbox'
import type { Footprint, SandboxOptions } from '@isolane/sandbox'
import { describe, expect, onTestFinished, test } from 'vitest'
import { groundDirectory } from './support/ground.ts'
import { tempDirectory } from './support/sandbox.ts'
import { workerInside } from './support/worker.ts'

interface Project {
  readonly root: string
  readonly sandboxes: Sandboxes
  readonly messages: string[]
}

function project(
  root: string,
  files: Exclude<SandboxOptions['files'], undefined> = true,
  shared: readonly string[] = [],
): Project {
  const messages: string[] = []
  const sandboxes = Sandboxes.open({
    root,
    settings: sandboxSettings({ files, network: false }),
    shared,
    base: groundDirectory(),
    onMessage: (message) => messages.push(message),
  })
  onTestFinished(() => sandboxes.close())
  return { root, sandboxes, messages }
}

/** Runs code in a sandbox, in the project, and gives what it did there. */
async function write({ root, sandboxes }: Project, code: string): Promise<Footprint> {
  const { ended } = workerInside(sandboxes, `const fs = require('node:fs');${code}`, { cwd: root })
  const { code: status, stderr, footprint } = await ended
  expect([status, stderr]).toEqual([0, ''])
  if (footprint === undefined) throw new Error('no footprint')
  return footprint
}

function shown(root: string, files: Footprint['written']): readonly string[] {
  return files.map(({ path, change, kind }) => `${change} ${kind} ${path.replace(`${root}/`, '')}`)
}

test('the footprint is exactly what was written', async () => {
  const root = tempDirectory()
  for (const name of [
    'same',
    'changed',
    'removed',
    'touched',
    'tree/one',
    'tree/two',
    'gone/file',
  ]) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), 'before')
  }
  mkdirSync(join(root, 'becomes-directory', '..'), { recursive: true })
  writeFileSync(join(root, 'becomes-directory'), '')
  mkdirSync(join(root, 'becomes-file'))
  symlinkSync('same', join(root, 'link'))
  chmodSync(join(root, 'touched'), 0o600)
  const before = execFileSync('find', ['.', '-printf', '%p %m %s %T@ %l\n'], { cwd: root })
  const { written, kept } = await write(
    project(root),
    `
    fs.closeSync(fs.openSync('same', 'r+'))
    fs.writeFileSync('changed', 'after')
    fs.rmSync('removed')
    fs.chmodSync('touched', 0o755)
    fs.rmSync('tree', { recursive: true }); fs.mkdirSync('tree'); fs.writeFileSync('tree/two', 'after')
    fs.rmSync('gone', { recursive: true })
    fs.mkdirSync('added/deep', { recursive: true }); fs.writeFileSync('added/deep/file', '')
    fs.writeFileSync('there and away', ''); fs.rmSync('there and away')
    fs.rmSync('link'); fs.symlinkSync('changed', 'link')
    fs.rmSync('becomes-directory'); fs.mkdirSync('becomes-directory'); fs.writeFileSync('becomes-directory/file', '')
    fs.rmdirSync('becomes-file'); fs.writeFileSync('becomes-file', '')
    fs.mkdirSync('renamed'); fs.writeFileSync('renamed/file', ''); fs.renameSync('renamed', 'new name')`,
  )
  expect(shown(root, written)).toEqual([
    'added file added/deep/file',
    'removed file becomes-directory',
    'added file becomes-directory/file',
    'changed file becomes-file',
    'changed file changed',
    'removed directory gone',
    'changed link link',
    'added file new name/file',
    'removed file removed',
    'changed file touched',
    'removed file tree/one',
    'changed file tree/two',
  ])
  expect(kept).toEqual([])
  const after = execFileSync('find', ['.', '-printf', '%p %m %s %T@ %l\n'], { cwd: root })
  expect(after.toString()).toBe(before.toString())
})

test('reading a database, or opening it to write, is no change; a large one can be written', async () => {
  const root = tempDirectory()
  const db = new DatabaseSync(join(root, 'big.db'))
  db.exec(`CREATE TABLE t (b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
    INSERT INTO t SELECT randomblob(1000000) FROM n`)
  db.close()
  const size = statSync(join(root, 'big.db')).size
  const opened = project(root)
  const open = `const db = new (require('node:sqlite').DatabaseSync)('big.db');`
  const read = await write(opened, `${open} db.prepare('SELECT count(*) FROM t').get(); db.close()`)
  expect(read.written).toEqual([])
  const { written } = await write(opened, `${open} db.exec('DELETE FROM t'); db.close()`)
  expect(shown(root, written)).toEqual(['changed file big.db'])
  expect(statSync(join(root, 'big.db')).size).toBe(size)
})

describe('what is kept', () => {
  test('comes back with modes, links, times and removals; what is the same stays', async () => {
    const root = tempDirectory()
    mkdirSync(join(root, 'src/__snapshots__'), { recursive: true })
    for (const name of ['old.snap', 'same.snap', 'new.snap', 'obsolete.snap']) {
      writeFileSync(join(root, 'src/__snapshots__', name), 'before')
    }
    const same = join(root, 'src/__snapshots__/same.snap')
    utimesSync(same, 1, 1)
    const { kept } = await write(
      project(root, { keep: ['out/**', 'exact.txt'] }),
      `
      process.umask(0)
      process.chdir('src/__snapshots__')
      fs.writeFileSync('old.snap', 'after')
      fs.writeFileSync('same.snap', 'before')
      fs.rmSync('obsolete.snap')
      process.chdir('../..')
      fs.mkdirSync('out/deep', { recursive: true, mode: 0o751 })
      fs.writeFileSync('out/deep/run', '#!/bin/sh', { mode: 0o775 })
      fs.utimesSync('out/deep/run', 5, 5)
      fs.symlinkSync('deep/run', 'out/link')
      fs.writeFileSync('exact.txt', 'x', { mode: 0o600 })
      fs.writeFileSync('other.txt', 'x')
      fs.writeFileSync('/tmp/out', 'x')`,
    )
    expect(shown(root, kept)).toEqual([
      'added file exact.txt',
      'added file out/deep/run',
      'added link out/link',
      'removed file src/__snapshots__/obsolete.snap',
      'changed file src/__snapshots__/old.snap',
      'changed file src/__snapshots__/same.snap',
    ])
    expect(readdirSync(join(root, 'src/__snapshots__'))).toEqual([
      'new.snap',
      'old.snap',
      'same.snap',
    ])
    expect(readFileSync(join(root, 'src/__snapshots__/old.snap'), 'utf8')).toBe('after')
    expect(statSync(same).mtimeMs).toBe(1000)
    expect(statSync(join(root, 'out/deep')).mode & 0o7777).toBe(0o751)
    expect(statSync(join(root, 'out/deep/run')).mode & 0o7777).toBe(0o775)
    expect(statSync(join(root, 'out/deep/run')).mtimeMs).toBe(5000)
    expect(statSync(join(root, 'exact.txt')).mode & 0o7777).toBe(0o600)
    expect(readlinkSync(join(root, 'out/link'))).toBe('deep/run')
    expect(readdirSync(root).toSorted()).toEqual(['exact.txt', 'out', 'src'])
  })

  test('is not written through a link that is one outside only', async () => {
    const root = tempDirectory()
    const elsewhere = tempDirectory()
    symlinkSync(elsewhere, join(root, 'coverage'))
    const opened = project(root)
    const { kept } = await write(
      opened,
      `fs.rmSync('coverage'); fs.mkdirSync('coverage'); fs.writeFileSync('coverage/file', '')`,
    )
    expect(readdirSync(elsewhere)).toEqual([])
    expect(lstatSync(join(root, 'coverage')).isSymbolicLink()).toBe(false)
    expect(shown(root, kept)).toEqual(['removed link coverage', 'added file coverage/file'])
  })

  test('of a directory that was removed and made again goes what went with it', async () => {
    const root = tempDirectory()
    mkdirSync(join(root, '__snapshots__/deep'), { recursive: true })
    writeFileSync(join(root, '__snapshots__/one.snap'), '')
    writeFileSync(join(root, '__snapshots__/deep/two.snap'), '')
    await write(
      project(root),
      `fs.rmSync('__snapshots__', { recursive: true }); fs.mkdirSync('__snapshots__')
       fs.writeFileSync('__snapshots__/three.snap', '')`,
    )
    expect(readdirSync(join(root, '__snapshots__'))).toEqual(['three.snap'])
  })

  test('what cannot be carried over is said, and the rest is', async () => {
    const root = tempDirectory()
    writeFileSync(join(root, 'coverage'), 'a file')
    const opened = project(root)
    const running = workerInside(
      opened.sandboxes,
      `const fs = require('node:fs'); fs.rmSync('coverage'); fs.mkdirSync('coverage')
       fs.writeFileSync('coverage/a', ''); fs.writeFileSync('b.snap', ''); fs.writeFileSync('a.snap', '')
       process.send(1); process.once('message', () => process.exit())`,
      { cwd: root },
    )
    await running.message
    mkdirSync(join(root, 'b.snap/made meanwhile'), { recursive: true })
    running.child.send('go')
    const { footprint } = await running.ended
    expect(shown(root, footprint?.kept ?? [])).toEqual([
      'added file a.snap',
      'removed file coverage',
      'added file coverage/a',
    ])
    expect(opened.messages).toEqual([
      expect.stringMatching(/\/b\.snap could not be copied out of the sandbox: EISDIR/),
    ])
    expect(readdirSync(root).toSorted()).toEqual(['a.snap', 'b.snap', 'coverage'])
  })
})

describe('writable', () => {
  test('directories and files are shared, missing directories are made', async () => {
    const root = tempDirectory()
    writeFileSync(join(root, 'log.txt'), 'a')
    const opened = project(root, { writable: ['data/deep', '.cache/', 'log.txt'] })
    const { written } = await write(
      opened,
      `fs.writeFileSync('data/deep/one', ''); fs.writeFileSync('.cache/two', '')
       fs.appendFileSync('log.txt', 'b'); fs.writeFileSync('data/three', '')`,
    )
    expect(shown(root, written)).toEqual(['added file data/three'])
    expect(readdirSync(join(root, 'data/deep'))).toEqual(['one'])
    expect(readdirSync(join(root, '.cache'))).toEqual(['two'])
    expect(readFileSync(join(root, 'log.txt'), 'utf8')).toBe('ab')
  })

  test.each(['.', '..'])('"%s" shares the whole project', async (name) => {
    const root = join(tempDirectory(), 'project')
    mkdirSync(root)
    await write(project(root, { writable: [name] }), `fs.writeFileSync('file', '')`)
    expect(readdirSync(root)).toEqual(['file'])
  })

  test.each([
    ['data/**', /takes paths, and "data\/\*\*" is a glob\.\nHint: .*keep/],
    ['missing.txt', /names "missing\.txt", and there is no .*\nHint: make it before the run/],
    [
      '/proc/1/out',
      /names "\/proc\/1\/out", and \/proc\/1\/out cannot be made \(ENOENT\)\.\nHint: /,
    ],
    ['base.db', /names the SQLite database "base\.db".*\nHint: name its directory/],
  ])('%s is refused', (name, message) => {
    const root = tempDirectory()
    const db = new DatabaseSync(join(root, 'base.db'))
    db.exec('CREATE TABLE t (n)')
    db.close()
    expect(() => project(root, { writable: [name] })).toThrow(message)
    expect(existsSync(join(root, 'data'))).toBe(false)
  })
})

describe('projects', () => {
  const places: readonly (readonly [string, () => string])[] = [
    ['in /tmp', () => tempDirectory()],
    ['outside /tmp', () => groundDirectory()],
    ['on a path of many signs', () => join(groundDirectory(), `a b,c:d#e\\f'"$é ü\t日`)],
    [
      'behind a link',
      () => {
        const link = join(groundDirectory(), 'link')
        symlinkSync(groundDirectory(), link)
        return link
      },
    ],
  ]

  test.each(places)('%s are copied on write', async (_, make) => {
    const root = make()
    mkdirSync(root, { recursive: true })
    writeFileSync(join(root, 'file'), 'before')
    const opened = project(root)
    const { written } = await write(
      opened,
      `fs.writeFileSync('file', 'after'); fs.writeFileSync(process.cwd() + '/second', '')
       fs.writeFileSync('/tmp/isolane-files', '')`,
    )
    expect(shown(opened.sandboxes.root, written)).toEqual(
      expect.arrayContaining(['changed file file', 'added file second']),
    )
    expect(written).toHaveLength(3)
    expect(readdirSync(root)).toEqual(['file'])
    expect(existsSync('/tmp/isolane-files')).toBe(false)
  })

  test.each(['TMPDIR', 'HOME', 'XDG_CACHE_HOME'])('%s may lie inside', async (name) => {
    const root = groundDirectory()
    mkdirSync(join(root, 'inner'))
    const before = process.env[name]
    process.env[name] = join(root, 'inner')
    onTestFinished(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
    const sandboxes = Sandboxes.open({ root, settings: sandboxSettings(true) })
    onTestFinished(() => sandboxes.close())
    expect(sandboxes.directory.startsWith(root)).toBe(false)
    const code = `fs.writeFileSync(require('node:path').join(process.env.${name}, 'file'), '')`
    const { written } = await write({ root, sandboxes, messages: [] }, code)
    expect(shown(root, written)).toEqual(['added file inner/file'])
    expect(existsSync(join(root, 'inner/file'))).toBe(false)
  })

  test('a temp directory that is not there does not matter', async () => {
    const root = groundDirectory()
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = join(root, 'missing')
    const sandboxes = Sandboxes.open({ root, settings: sandboxSettings(true) })
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    onTestFinished(() => sandboxes.close())
    expect((await write({ root, sandboxes, messages: [] }, '')).written).toEqual([])
  })

  test.skipIf(process.getuid?.() !== 0)(
    'what is mounted inside is copied on write too',
    async () => {
      const root = groundDirectory()
      const mounted = join(root, 'mounted here')
      mkdirSync(mounted)
      execFileSync('mount', ['-t', 'tmpfs', 'isolane-test', mounted])
      onTestFinished(() => void execFileSync('umount', [mounted]))
      writeFileSync(join(mounted, 'file'), 'before')
      const { written } = await write(
        project(root),
        `fs.writeFileSync('mounted here/file', 'after'); fs.writeFileSync('beside', '')`,
      )
      expect(shown(root, written)).toEqual(['added file beside', 'changed file mounted here/file'])
      expect(readFileSync(join(mounted, 'file'), 'utf8')).toBe('before')
    },
  )

  test.skipIf(process.getuid?.() !== 0)(
    'what others had mounted in a temp directory may go while a run lasts',
    async () => {
      const [directory, file] = [tempDirectory(), join(tempDirectory(), 'file')]
      writeFileSync(file, '')
      execFileSync('mount', ['-t', 'tmpfs', 'isolane-test', directory])
      execFileSync('mount', ['--bind', file, file])
      onTestFinished(() => void spawnSync('umount', ['--quiet', directory, file]))
      const { root, sandboxes } = project(groundDirectory())
      for (const path of [directory, file]) {
        execFileSync('umount', [path])
        rmSync(path, { recursive: true })
      }
      const { written } = await write(
        { root, sandboxes, messages: [] },
        `fs.writeFileSync('one', '')`,
      )
      expect(shown(root, written)).toEqual(['added file one'])
    },
  )

  test('layers may lie in shared memory', async () => {
    const root = tempDirectory()
    const sandboxes = Sandboxes.open({
      root,
      settings: sandboxSettings(true),
      base: `/dev/shm/isolane-test-${process.pid}`,
    })
    onTestFinished(() => void execFileSync('rm', ['-r', `/dev/shm/isolane-test-${process.pid}`]))
    onTestFinished(() => sandboxes.close())
    expect(sandboxes.directory).toMatch(/^\/dev\/shm\//)
    const { written } = await write(
      { root, sandboxes, messages: [] },
      `fs.writeFileSync('file', ''); fs.writeFileSync('/dev/shm/other', '')
       if (fs.readdirSync('/dev/shm').length !== 2) process.exit(1)
       fs.writeFileSync(process.env.ISOLANE_LAYER + '/note', '')`,
    )
    expect(shown(root, written)).toEqual(['added file file'])
    expect(existsSync('/dev/shm/other')).toBe(false)
  })

  test.each([
    ['/', /root directory of this machine.*\nHint: /s],
    ['/etc/hostname', /is no directory\.\nHint: /],
  ])('%s is refused', (root, message) => {
    expect(() => Sandboxes.open({ root, settings: sandboxSettings(true) })).toThrow(message)
  })
})
