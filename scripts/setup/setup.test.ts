import { execFile } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const scripts = fileURLToPath(new URL('..', import.meta.url))
const quickest = '#!/bin/sh\necho Chromium 1.0\n'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'isolane-setup-'))
  cpSync(join(scripts, 'setup.mjs'), join(root, 'scripts/setup.mjs'))
  cpSync(join(scripts, 'setup'), join(root, 'scripts/setup'), { recursive: true })
  const manifest = { name: 'checkout', version: '1.0.0', scripts: { build: 'node build.mjs' } }
  write('package.json', JSON.stringify(manifest))
  write(
    'package-lock.json',
    JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { '': manifest } }),
  )
  write('packages/one/package.json', JSON.stringify({ name: 'one', version: '1.0.0' }))
  write('packages/one/src/one.ts', 'export {}\n')
  write(
    'build.mjs',
    `import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
     appendFileSync('builds.log', 'built\\n')
     mkdirSync('packages/one/dist', { recursive: true })
     if (existsSync('broken')) throw new Error('the sources are broken')`,
  )
  write('bin/chromium', quickest)
  chmodSync(join(root, 'bin/chromium'), 0o755)
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

function write(file: string, content: string): void {
  const path = join(root, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

interface Result {
  code: number
  /** What was printed, without the durations. */
  printed: string
}

function setUp(env: Record<string, string> = {}): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'scripts/setup.mjs')],
      {
        env: {
          ...process.env,
          ISOLANE_BROWSER: '',
          PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter),
          ...env,
        },
      },
      (_error, stdout, stderr) => {
        const printed = (stdout + stderr).replaceAll(/in \d+\.\d s/g, 'in … s')
        resolve({ code: child.exitCode ?? 1, printed })
      },
    )
  })
}

function builds(): number {
  return readFileSync(join(root, 'builds.log'), 'utf8').trim().split('\n').length
}

const installs = 'Installing dependencies …\nInstalling dependencies: done in … s\n'
const builtOnce = 'Building packages …\nBuilding packages: done in … s\n'

describe.skipIf(process.platform === 'win32')('set-up', () => {
  test('does everything the first time, and nothing the second', async () => {
    expect(await setUp()).toEqual({ code: 0, printed: installs + builtOnce })
    expect(await setUp()).toEqual({ code: 0, printed: '' })
    expect(
      JSON.parse(readFileSync(join(root, 'node_modules/.isolane/browser.json'), 'utf8')),
    ).toEqual({ path: join(root, 'bin/chromium'), source: 'path' })
  })

  test('does again only what has changed', async () => {
    await setUp()

    appendFileSync(join(root, 'packages/one/src/one.ts'), 'export const changed = true\n')
    expect(await setUp()).toEqual({ code: 0, printed: builtOnce })

    rmSync(join(root, 'packages/one/dist'), { recursive: true })
    expect(await setUp()).toEqual({ code: 0, printed: builtOnce })

    appendFileSync(join(root, 'package-lock.json'), '\n')
    expect(await setUp()).toEqual({ code: 0, printed: installs + builtOnce })
  })

  test('a failed build is shown, and tried again by the next command', async () => {
    write('broken', '')
    const failed = await setUp()
    expect(failed.code).toBe(1)
    expect(failed.printed).toContain('The build failed:')
    expect(failed.printed).toContain('Error: the sources are broken')
    expect(failed.printed).not.toContain('setup.mjs')

    rmSync(join(root, 'broken'))
    expect(await setUp()).toEqual({ code: 0, printed: builtOnce })
  })

  test('four at the same time do the work once', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => setUp()))

    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect(builds()).toBe(1)
    expect(existsSync(join(root, '.isolane/setup.lock'))).toBe(false)
  })

  test('ISOLANE_BROWSER names the browser, and has to name one', async () => {
    await setUp()
    write('bin/other', quickest)
    const other = join(root, 'bin/other')

    expect(await setUp({ ISOLANE_BROWSER: other })).toEqual({
      code: 1,
      printed:
        `ISOLANE_BROWSER names ${other}, which is not an executable file.\n` +
        'Hint: set it to the full path of Chromium or Chrome, or unset it to have one found or installed.\n',
    })
    chmodSync(other, 0o755)
    expect(await setUp({ ISOLANE_BROWSER: other })).toEqual({ code: 0, printed: '' })
    expect(await setUp()).toEqual({ code: 0, printed: '' })
  })

  test('a browser on the PATH that does not start is passed over', async () => {
    write('bin/chromium', '#!/bin/sh\necho install it first >&2\nexit 1\n')
    write('bin/google-chrome', quickest)
    chmodSync(join(root, 'bin/google-chrome'), 0o755)
    await setUp()

    expect(readFileSync(join(root, 'node_modules/.isolane/browser.json'), 'utf8')).not.toContain(
      join(root, 'bin/chromium'),
    )
  })
})
