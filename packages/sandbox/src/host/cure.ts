import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import type { Part } from '../options.ts'
import type { Obstacle } from './attempt.ts'

/** Where BusyBox stands in for the programs that make a sandbox. */
export const busyBoxCure =
  'install the full programs beside those of BusyBox; Alpine: apk add util-linux mount setpriv iproute2 coreutils'

/** What a person can do so that this part of a sandbox works on this machine: one action. */
export function cureOf(part: Part, { step, reason }: Obstacle): string {
  if (/unrecognized option|invalid option|unknown option/.test(reason)) return busyBoxCure
  if (step === 'directory') {
    return 'make room there, or set ISOLANE_CACHE_DIR to a directory on another disk.'
  }
  if (/unknown filesystem type/.test(reason))
    return 'load overlayfs into the kernel: sudo modprobe overlay'
  for (const [file, value, says, command] of settings) {
    if (setting(`/proc/sys/${file}`) !== value) continue
    const step = inActions() ? ' (as a step of the workflow, before the tests)' : ''
    // A container has these settings of its host, and cannot change them.
    const ofHost = file.startsWith('kernel/') && inContainer()
    if (!ofHost) return `${says}: sudo sysctl -w ${command}${step}`
    return `${says}: on the host of this container, sudo sysctl -w ${command}${step}, and docker run ${everything}`
  }
  if (/No space left on device/.test(reason) && step === 'namespaces') {
    return 'the limit of namespaces is reached: end what holds them, or sudo sysctl -w user.max_user_namespaces=100000'
  }
  if (inContainer()) {
    const [says, option] = containers[part][step === 'mounts' ? 'mounts' : 'namespaces']
    return `${says}: docker run ${option}`
  }
  if (part === 'files' && step === 'mounts' && kernelBefore(5, 11)) {
    return `Linux 5.11 or newer lets a user mount overlays, this is ${release()}: leave out the files part, for example isolane run --parts network,processes`
  }
  return `leave out the ${part} part, for example isolane run --parts ${{ network: 'files,processes', files: 'network,processes', processes: 'network,files' }[part]}`
}

/** File below /proc/sys, the value that forbids, what it means, and the command. */
const settings: readonly (readonly [string, string, string, string])[] = [
  [
    'kernel/apparmor_restrict_unprivileged_userns',
    '1',
    'AppArmor forbids user namespaces (Ubuntu)',
    'kernel.apparmor_restrict_unprivileged_userns=0',
  ],
  [
    'kernel/unprivileged_userns_clone',
    '0',
    'user namespaces are switched off',
    'kernel.unprivileged_userns_clone=1',
  ],
  ...['user', 'mnt', 'net', 'pid', 'ipc'].map(
    (kind) =>
      [
        `user/max_${kind}_namespaces`,
        '0',
        `${kind} namespaces are switched off`,
        `user.max_${kind}_namespaces=15000`,
      ] as const,
  ),
]

/** Docker's profiles: the first forbids namespaces, the second mounts, and what it hides of /proc forbids another. */
const everything =
  '--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined'

const containers: Readonly<
  Record<Part, Record<'mounts' | 'namespaces', readonly [string, string]>>
> = {
  network: {
    namespaces: ['this container forbids namespaces', everything],
    mounts: ['this container forbids mounts', everything],
  },
  files: {
    namespaces: ['this container forbids namespaces', everything],
    mounts: [
      'this container forbids mounts, or has no directory outside its own overlay',
      `${everything} -v /var/tmp`,
    ],
  },
  processes: {
    namespaces: ['this container forbids namespaces', everything],
    mounts: ['this container hides parts of /proc', '--security-opt systempaths=unconfined'],
  },
}

function inActions(): boolean {
  return process.env['GITHUB_ACTIONS'] === 'true'
}

function kernelBefore(major: number, minor: number): boolean {
  const [first = 0, second = 0] = release().split('.').map(Number)
  return first < major || (first === major && second < minor)
}

function inContainer(): boolean {
  return (
    existsSync('/.dockerenv') ||
    existsSync('/run/.containerenv') ||
    /docker|containerd|kubepods|lxc/.test(setting('/proc/1/cgroup') ?? '')
  )
}

function setting(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
