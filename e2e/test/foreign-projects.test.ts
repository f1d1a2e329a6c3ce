import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { foreignProjects, type ForeignProject } from './support/foreign-projects.ts'
import { checkOutPackage, type Project } from './support/project.ts'
import { run } from './support/run.ts'

/** Workers beside each other on any machine, and time enough on a busy one. */
const slow = ['--testTimeout=60000', '--hookTimeout=60000']
const vitestRun = ['npx', 'vitest', 'run', '--maxWorkers=2', ...slow]

/** What `isolated()` is given, in source text. */
const settings = {
  'on lanes': '',
  'in sandboxes, with the guard': "undefined, { sandbox: true, guard: 'warn' }",
}

describe.each(foreignProjects)('$name: $uses', (project) => {
  test('ends the same under forks and isolated', async () => {
    await using copy = await checkOutPackage(project.name, project.files)
    const forks = await outcomeOf(copy, project, ['--pool=forks'])
    expect(forks, forks.output).toMatchObject({ exitCode: 0, passed: project.tests, failed: 0 })
    for (const [how, options] of Object.entries(settings)) {
      const config = await addIsolated(copy, project, options)
      const isolated = await outcomeOf(copy, project, ['--pool=isolated', `--config=${config}`])
      expect(isolated.tests, `${how}:\n${isolated.output}`).toEqual(forks.tests)
      expect({ ...isolated, output: '' }, how).toEqual({ ...forks, output: '' })
    }
  })
})

/** Writes a configuration beside the project that adds `isolated()` to the project's own. */
async function addIsolated(
  { directory }: Project,
  { name, config }: ForeignProject,
  options: string,
): Promise<string> {
  const path = join(directory, 'isolated.config.js')
  await writeFile(
    path,
    `import { isolated } from '@isolane/vitest'
import { mergeConfig } from 'vitest/config'
${config === undefined ? 'const config = {}' : `import config from './packages/${basename(name)}/${config}'`}

export default mergeConfig(config, { plugins: [isolated(${options})] })
`,
  )
  return path
}

/** Runs the suite: how it ended, and every test by its file and name with its state. */
async function outcomeOf(copy: Project, { name, exclude = [] }: ForeignProject, args: string[]) {
  const cwd = join('packages', basename(name))
  const command = [...vitestRun, ...args, ...exclude.map((file) => `--exclude=${file}`)]
  const result = await run(copy, 'vitest', command, { cwd })
  const { testResults } = JSON.parse(readFileSync(join(copy.beside, 'report.json'), 'utf8')) as {
    testResults: {
      name: string
      status: string
      assertionResults: { fullName: string; status: string }[]
    }[]
  }
  const tests = testResults.flatMap(({ name: file, status, assertionResults }) => [
    `${relative(copy.directory, file)}: ${status}`,
    ...assertionResults.map(
      (one) => `${relative(copy.directory, file)} > ${one.fullName}: ${one.status}`,
    ),
  ])
  return { ...result, tests: tests.toSorted() }
}
