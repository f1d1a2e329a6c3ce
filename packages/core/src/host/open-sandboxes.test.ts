import { describe, expect, test } from 'vitest'
import { sandboxWanted } from './open-sandboxes.ts'

const wanted = (option: Parameters<typeof sandboxWanted>[0]['option'], value?: string) =>
  sandboxWanted({ option, env: value === undefined ? {} : { ISOLANE_SANDBOX: value } })

describe('which parts of a sandbox the workers get', () => {
  test('the config decides when the environment says nothing', () => {
    expect(wanted(undefined)).toBeUndefined()
    expect(wanted(false)).toBeUndefined()
    expect(wanted(true)?.parts).toEqual(['network', 'files', 'processes'])
    expect(wanted({ network: 'host', processes: false })?.parts).toEqual(['files'])
  })

  test('the environment wins', () => {
    expect(wanted(true, '0')).toBeUndefined()
    expect(wanted(false, '1')?.parts).toEqual(['network', 'files', 'processes'])
    expect(wanted({ files: false }, '1')?.parts).toEqual(['network', 'processes'])
    expect(wanted(true, 'files')?.parts).toEqual(['files'])
  })

  test('parts from the environment keep the lists of the config, JSON does not', () => {
    const option = { network: { forward: ['5432'] }, files: { keep: ['out/**'] } }
    expect(wanted(option, 'network,files')).toEqual({
      parts: ['network', 'files'],
      forward: ['5432'],
      keep: ['out/**'],
      writable: [],
    })
    expect(wanted(option, '{"files":{"writable":["tmp"]}}')).toEqual({
      parts: ['network', 'files', 'processes'],
      forward: [],
      keep: [],
      writable: ['tmp'],
    })
  })

  test('a process in a sandbox gives none to its own workers', () => {
    expect(sandboxWanted({ option: true, env: { ISOLANE_LAYER: '/layer' } })).toBeUndefined()
  })

  test('what is wrong is an IsolaneError that names it', () => {
    expect(() => wanted({ networks: true } as object)).toThrow(
      expect.objectContaining({
        code: 'ISOLANE_OPTION',
        message:
          'isolated.sandbox has no option "networks"; it has network, files, processes.\nHint: remove isolated.sandbox.networks.',
      }),
    )
    expect(() => wanted(true, 'networks')).toThrow(
      expect.objectContaining({
        code: 'ISOLANE_OPTION',
        message:
          'ISOLANE_SANDBOX names no part of a sandbox with "networks"; there are network, files, processes.\nHint: ISOLANE_SANDBOX=network,files for two of them.',
      }),
    )
  })
})
