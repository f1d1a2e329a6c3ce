import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkDocsCode, findBlocks } from './docs-code.ts'
import { makeCheckout } from './test-checkout.ts'
import { root } from './tool.ts'

function checkout(documents: Record<string, string>): string {
  const made = makeCheckout({
    'tsconfig.base.json': readFileSync(join(root, 'tsconfig.base.json'), 'utf8'),
    ...documents,
  })
  symlinkSync(join(root, 'node_modules'), join(made, 'node_modules'), 'junction')
  return made
}

test('blocks of one page import each other by the name on their first line', async () => {
  const made = checkout({
    'docs/start.md': [
      '# Start',
      '```ts',
      '// file: lanes.ts',
      'export const lanes = { port: 1 }',
      '```',
      'and then',
      '```ts',
      "import { lanes } from './lanes.ts'",
      'console.log(lanes.port.toFixed())',
      '```',
      '```ts',
      '// file: lanes.ts',
      "export const lanes = { tempDir: 'x' }",
      '```',
      '```ts',
      "import { lanes } from './lanes.ts'",
      'console.log(lanes.tempDir.length)',
      '```',
      '```sh',
      'npx vitest --pool=isolated',
      '```',
    ].join('\n'),
  })

  expect(await checkDocsCode(made)).toBe('')
})

test('an error is reported at its line of the document', async () => {
  const made = checkout({
    'README.md': "# Title\n\n```ts\nimport { nothing } from '@isolane/nowhere'\n```\n",
    'packages/core/README.md': 'Text\n\n```ts\nconst port: number = 1\nport.open()\n```\n',
  })

  expect(await checkDocsCode(made)).toBe(
    [
      "README.md:4: error TS2307: Cannot find module '@isolane/nowhere' or its corresponding type declarations.",
      "packages/core/README.md:5: error TS2339: Property 'open' does not exist on type 'number'.",
    ].join('\n'),
  )
})

test('the examples in docstrings are compiled, each by itself', async () => {
  const made = checkout({
    'packages/core/src/a.ts': [
      '/**',
      ' * One.',
      ' * ```ts',
      ' * const one: number = 1',
      ' * ```',
      ' */',
      'export const one = 1',
      '  /**',
      '   * ```ts',
      '   * console.log(one)',
      '   * ```',
      '   */',
    ].join('\n'),
  })

  expect(await checkDocsCode(made)).toBe(
    "packages/core/src/a.ts:10: error TS2304: Cannot find name 'one'.",
  )
})

test('a block cannot be taken out of the check', async () => {
  const made = checkout({ 'docs/page.md': 'Text\n```ts no-check\nnonsense(\n```\n' })

  expect(await checkDocsCode(made)).toBe('docs/page.md:2: `no-check`: all TypeScript is compiled.')
})

test('indented and longer fences are understood', () => {
  const page = [
    '1. Step',
    '   ```ts',
    '   const a = 1',
    '   ```',
    '````md',
    '```ts',
    'b',
    '```',
    '````',
  ]

  expect(findBlocks(page.join('\n')).blocks).toEqual([
    { name: 'block-2.ts', code: 'const a = 1', fence: 2 },
  ])
})
