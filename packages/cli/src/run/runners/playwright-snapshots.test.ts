import { expect, test } from 'vitest'
import type { LoadedConfig, LoadedProject } from './playwright-package.ts'
import { snapshotGlobs } from './playwright-snapshots.ts'

const globs = (project: Partial<LoadedProject>, directories: object = {}): readonly string[] => {
  const one: LoadedProject = {
    id: '',
    deps: [],
    ...project,
    project: {
      name: '',
      outputDir: '/app/out',
      snapshotDir: '/app/e2e',
      testDir: '/app/e2e',
      ...directories,
    },
  }
  const config: LoadedConfig = {
    configDir: '/app/e2e',
    config: { workers: 1, projects: [] },
    projects: [one],
    configCLIOverrides: {},
    globalSetups: [],
  }
  return snapshotGlobs(config, '/app')
}

test('tells where snapshots lie when Playwright does not put them beside their tests', () => {
  expect(globs({})).toEqual([])
  expect(globs({}, { snapshotDir: '/app/shots' })).toEqual(['shots/**'])
  expect(globs({ snapshotPathTemplate: '{testDir}/shots/{testFilePath}/{arg}{ext}' })).toEqual([
    'e2e/shots/**/*.{png,jpg,jpeg,webp,txt,yml,yaml,json,html,md,csv,pdf}',
  ])
  expect(globs({ snapshotPathTemplate: '../gold/{platform}/{arg}-{projectName}.png' })).toEqual([
    'gold/**/*.png',
  ])
  expect(
    globs({ expect: { timeout: 5, toHaveScreenshot: { pathTemplate: '[gold]/{arg}.png' } } }),
  ).toEqual([String.raw`e2e/\[gold\]/**/*.png`])
  expect(globs({ snapshotPathTemplate: '/elsewhere/{arg}{ext}' })).toEqual([])
})
