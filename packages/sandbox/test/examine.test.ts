import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { examine } from '@isolane/sandbox'
import type { Examination } from '@isolane/sandbox'
import { describe, expect, test } from 'vitest'
import { forgetUser, groundDirectory } from './support/ground.ts'

test('every part works here, and nothing is left', () => {
  const base = groundDirectory()
  const works = (part: string): unknown => ({ part, works: true })
  expect(examine({ base })).toEqual({
    works: true,
    parts: ['network', 'files', 'processes'].map(works),
  })
  expect(readdirSync(join(base, 'sandbox'))).toEqual([])
})

interface Seen {
  readonly examination: Examination
  /** Of an attempt to open sandboxes. */
  readonly message: string
  readonly hint: string
  /** Files that the ground holds afterwards. */
  readonly left: readonly string[]
  readonly ground: string
}

const user = 54_321

/**
 * Looks, as an ordinary user, at a machine that was changed by `setup`, a shell command of root's in a mount namespace
 * and a user namespace of its own.
 */
function machine(setup: string): Seen {
  forgetUser(user)
  const home = groundDirectory()
  mkdirSync(join(home, 'project'))
  mkdirSync(join(home, 'cache'))
  chmodSync(home, 0o777)
  for (const name of ['project', 'cache']) chmodSync(join(home, name), 0o777)
  const code = `
    const { existsSync, readdirSync } = require('node:fs')
    const { examine, Sandboxes, sandboxSettings } = require(${JSON.stringify(join(import.meta.dirname, '../dist/index.js'))})
    const examination = examine()
    const seen = { examination, message: '', hint: '', left: [], ground: '' }
    try {
      const sandboxes = Sandboxes.open({ root: 'project', settings: sandboxSettings(true) })
      seen.ground = sandboxes.directory
      sandboxes.close().then(() => console.log(JSON.stringify(seen)))
    } catch (error) {
      seen.message = error.message.split('\\n')[0]
      seen.hint = error.hint
      const ground = 'cache/isolane/sandbox'
      if (existsSync(ground)) seen.left = readdirSync(ground)
      console.log(JSON.stringify(seen))
    }`
  const drop = `setpriv --reuid=${user} --regid=${user} --clear-groups`
  // The limits below /proc/sys/user belong to a user namespace. It needs more users than unshare(1) maps by itself,
  // and root's rights only come with an exec after they are mapped.
  const outer = `
    mkfifo ready go
    unshare --user --mount -- sh -c 'echo >ready; read -r _ <go; exec sh -ec "$@"' sh "$@" & pid=$!
    read -r _ <ready
    echo 0 0 65536 >/proc/$pid/gid_map
    echo 0 0 65536 >/proc/$pid/uid_map
    echo >go
    wait $pid`
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-ec', outer, 'sh', `${setup}\nexec ${drop} "$@"`, 'sh', process.execPath, '-e', code],
    {
      cwd: home,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home, XDG_CACHE_HOME: join(home, 'cache') },
    },
  )
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Seen
}

const covered = (directory: string): string =>
  `mkdir -p ${directory} "$PWD/layers/${directory}" && mount -t tmpfs test "$PWD/layers/${directory}" &&
   mkdir "$PWD/layers/${directory}/u" "$PWD/layers/${directory}/w" && chmod 1777 "$PWD/layers/${directory}/u" &&
   mount -t overlay test -o userxattr,lowerdir=${directory},upperdir="$PWD/layers/${directory}/u",workdir="$PWD/layers/${directory}/w" ${directory}`

describe.runIf(process.getuid?.() === 0)('a machine', () => {
  test('that lets a user do everything has every part', () => {
    const { examination, message } = machine('true')
    expect([examination.works, message]).toEqual([true, ''])
  })

  test('without user namespaces is told how to switch them on', () => {
    const seen = machine('echo 0 >/proc/sys/user/max_user_namespaces')
    expect(seen.message).toBe(
      'No sandbox on this machine: the kernel refuses a network namespace, which the network part needs (unshare: unshare failed: No space left on device).',
    )
    expect(seen.hint).toBe(
      'user namespaces are switched off: sudo sysctl -w user.max_user_namespaces=15000',
    )
    expect(seen.examination.parts.map(({ works, cure }) => [works, cure])).toEqual(
      Array.from({ length: 3 }, () => [false, seen.hint]),
    )
    expect(seen.left).toEqual([])
  })

  test('whose AppArmor forbids user namespaces is told the setting, also in CI', () => {
    const seen = machine(
      `mkdir -p kernel/random
       cp /proc/sys/kernel/random/boot_id kernel/random
       echo 1 >kernel/apparmor_restrict_unprivileged_userns
       echo 0 >/proc/sys/user/max_user_namespaces
       mount --bind kernel /proc/sys/kernel
       export GITHUB_ACTIONS=true`,
    )
    expect(seen.hint).toMatch(
      /^AppArmor forbids user namespaces \(Ubuntu\): .*sudo sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0 \(as a step of the workflow, before the tests\)/,
    )
  })

  test('with a limit of network namespaces lacks that part alone', () => {
    const seen = machine('echo 0 >/proc/sys/user/max_net_namespaces')
    expect(seen.examination.parts.map(({ works }) => works)).toEqual([false, true, true])
    expect(seen.hint).toBe(
      'net namespaces are switched off: sudo sysctl -w user.max_net_namespaces=15000',
    )
  })

  test('that hides parts of /proc lacks the processes part alone', () => {
    const seen = machine('mount --bind /dev/null /proc/version')
    expect(seen.examination.parts.map(({ works }) => works)).toEqual([true, true, false])
    expect(seen.message).toMatch(
      /^No sandbox on this machine: \/proc cannot be mounted, which the processes part needs \(mount: \/proc: .*permission.*\)\.$/,
    )
    expect(seen.left).toEqual([])
  })

  test('without programs is told which, and their packages', () => {
    const seen = machine(
      'for file in /bin/ip /sbin/ip /usr/bin/ip; do [ ! -e $file ] || mount --bind /dev/null $file; done',
    )
    expect(seen.message).toBe('No sandbox on this machine: programs are missing: ip (iproute2).')
    expect(seen.examination.parts.map(({ works }) => works)).toEqual([false, true, true])
    expect(seen.hint).toMatch(/^install them; .* iproute2 /)
  })

  test('with BusyBox for some programs is told to install the full ones', () => {
    const seen = machine(
      `${covered('/usr/bin')}
       cp -p /usr/bin/true /usr/bin/busybox
       for name in unshare timeout env; do ln -sf busybox /usr/bin/$name; done`,
    )
    expect(seen.message).toBe(
      'No sandbox on this machine: programs are missing: unshare (util-linux), timeout (coreutils), env (coreutils).',
    )
    expect(seen.hint).toBe(
      'install the full programs beside those of BusyBox; Alpine: apk add util-linux mount setpriv iproute2 coreutils',
    )
    expect(seen.examination.parts.map(({ works }) => works)).toEqual([false, false, false])
  })

  test('whose cache lies on an overlay has its layers elsewhere', () => {
    const seen = machine(covered('cache'))
    expect([seen.message, seen.ground]).toEqual([
      '',
      expect.stringMatching(new RegExp(`^/var/tmp/isolane-${user}/`)),
    ])
  })

  test('on which every directory is unfit lacks the files part alone, and is told why', () => {
    const seen = machine(
      [covered('cache'), covered('/var/tmp'), covered('/dev/shm'), covered('/run')].join('\n'),
    )
    expect(seen.examination.parts.map(({ works }) => works)).toEqual([true, false, true])
    expect(seen.message).toMatch(
      /^No sandbox on this machine: an overlay cannot be mounted, which the files part needs \(mount: /,
    )
    expect(seen.left).toEqual([])
  })
})
