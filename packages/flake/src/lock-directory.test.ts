import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { lockDirectory } from './lock-directory.ts'

const dir = mkdtempSync(join(tmpdir(), 'isolane-lock-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('a directory has one holder at a time, and the claim of a dead process does not count', async () => {
  const first = await lockDirectory(dir)
  await expect(lockDirectory(dir)).rejects.toThrow(
    /Another isolane flake \(process \d+\)[^]*Hint: /,
  )
  await first[Symbol.asyncDispose]()
  expect(readdirSync(dir)).toEqual([])

  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  writeFileSync(join(dir, 'pid'), String(child.pid))
  const second = await lockDirectory(dir)
  expect(readdirSync(dir)).toEqual(['pid'])
  await second[Symbol.asyncDispose]()
})
