import { readFileSync } from 'node:fs'

/** Says which process owns a directory, so that another one can see later whether it still lives. */
export interface Owner {
  readonly pid: number
  /** Boot, process namespace and start time: a pid alone is given again. */
  readonly start: string
}

/** The identity of a process of this machine; undefined when there is none with this pid, or only its remains. */
export function ownerOf(pid: number): Owner | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may itself hold blanks and parentheses (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return { pid, start: `${bootId()}:${fields[19] ?? ''}` }
  } catch {
    return undefined
  }
}

/** True while the very process that this identity was taken from lives. */
export function ownerLives({ pid, start }: Owner): boolean {
  return ownerOf(pid)?.start === start
}

let boot: string | undefined

/** Identifies this boot of the kernel. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return boot
}
