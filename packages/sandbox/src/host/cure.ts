import { existsSync, readFileSync } from 'node:fs'
import type { Part } from '../options.ts'

/** What a person can do so that a sandbox works on this machine. */
export function cure(parts: readonly Part[], reason: string): string {
  if (setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'AppArmor forbids user namespaces here (Ubuntu): sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'
  }
  if (setting('/proc/sys/user/max_user_namespaces') === '0') {
    return 'user namespaces are switched off here: sudo sysctl -w user.max_user_namespaces=15000'
  }
  if (setting('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return 'user namespaces are switched off here: sudo sysctl -w kernel.unprivileged_userns_clone=1'
  }
  if (inContainer()) {
    return reason.includes('/proc')
      ? 'this container hides parts of /proc: docker run --security-opt systempaths=unconfined'
      : 'this container forbids it: docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined --cap-add SYS_ADMIN'
  }
  if (reason.includes('mount') && parts.length > 1) {
    return 'leave the files out: --parts network,processes.'
  }
  return 'isolane doctor tries part by part; leave out what cannot be had.'
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
