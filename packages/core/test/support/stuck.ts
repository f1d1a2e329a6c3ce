import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Whether {@link stuck} works here. Root may remove everything but what is mounted. */
export function canBeStuck(): boolean {
  if (process.getuid?.() !== 0) return process.platform !== 'win32'
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'isolane-test', tmpdir()])
    return true
  } catch {
    return false
  }
}

/** Keeps a directory from being removed until what it gives is called, or the test is over. */
export function stuck(path: string): () => void {
  const undo = process.getuid?.() === 0 ? mounted(join(path, 'held')) : readOnly(dirname(path))
  let isStuck = true
  const free = (): void => {
    if (isStuck) undo()
    isStuck = false
  }
  onTestFinished(free)
  return free
}

function mounted(path: string): () => void {
  mkdirSync(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'isolane-test', path])
  return () => void execFileSync('umount', [path])
}

function readOnly(parent: string): () => void {
  chmodSync(parent, 0o500)
  return () => chmodSync(parent, 0o700)
}
