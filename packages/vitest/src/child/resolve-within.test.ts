import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished, test, expect } from 'vitest'

const run = promisify(execFile)
const module = new URL('./resolve-within.ts', import.meta.url).href

async function imported(files: Readonly<Record<string, string>>, script: string): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'isolane-resolve-')))
  onTestFinished(async () => await rm(directory, { recursive: true }))
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    await writeFile(join(directory, name), text)
  }
  await symlink(join(directory, 'value.js'), join(directory, 'link.js'))
  const { href } = pathToFileURL(directory)
  const code = `
    import { resolveWithin } from '${module}'
    const directory = '${href}/'
    const resolving = resolveWithin(${JSON.stringify(directory)})
    ${script}
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code])
  return stdout.trim()
}

const value = 'export const url = import.meta.url'

test('a module is the same one before and after, also through a link', async () => {
  const said = await imported(
    {
      'value.js': value,
      'entry.js': `export * as direct from './value.js'\nexport * as linked from './link.js'`,
    },
    `
    const { direct, linked } = await import(directory + 'entry.js')
    resolving[Symbol.dispose]()
    const later = await import(directory + 'link.js')
    console.log(direct === linked, direct === later, direct.url === directory + 'value.js')
    `,
  )
  expect(said).toBe('true true true')
})

test('what is missing is missing with the words of Node.js', async () => {
  const said = await imported(
    { 'value.js': value, 'entry.js': `import './other.js'` },
    `
    const message = async () => await import(directory + 'entry.js').catch(({ code, message }) => code + message)
    const before = await message()
    resolving[Symbol.dispose]()
    console.log(before === await message(), before.replaceAll(directory, ''))
    `,
  )
  expect(said).toMatch(/^true ERR_MODULE_NOT_FOUNDCannot find module '.*other\.js' imported from /)
})
