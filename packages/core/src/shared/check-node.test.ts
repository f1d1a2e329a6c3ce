import { expect, test } from 'vitest'
import { checkNode } from './check-node.ts'

test('refuses a Node.js before 22.18, in words', () => {
  for (const version of ['22.18.0', '23.0.0', '24.21.0', '100.1.0']) checkNode(version)
  for (const version of ['18.20.4', '20.20.2', '22.17.1']) {
    expect(() => checkNode(version)).toThrow(
      `Isolane needs Node.js 22.18 or newer; this is ${version} (${process.execPath}).\nHint: install a newer Node.js`,
    )
  }
})
