import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

const script = (module: string): string => `
  import { registerHooks } from 'node:module'
  const packages = new Set()
  registerHooks({
    load(url, context, next) {
      if (!url.startsWith('node:')) {
        packages.add(/\\/(?:packages|node_modules)\\/((?:@[^/]+\\/)?[^/]+)\\/(?!.*\\/node_modules\\/)/.exec(url)?.[1] ?? url)
      }
      return next(url, context)
    },
  })
  await import('${module}')
  console.log([...packages].sort().join(' '))
`

// Each test file that imports its lanes loads them again, in a new worker.
test.for(['@isolane/core', '@isolane/core/child', '@isolane/core/trace'])(
  '%s loads nothing that only the main process needs',
  async (module) => {
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '--eval', script(module)],
      { cwd: import.meta.dirname },
    )
    expect(stdout.trim()).toBe('core record')
  },
)
