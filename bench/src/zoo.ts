import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { reportSchema } from '@isolane/flake'
import type { FlakeReport } from '@isolane/flake'
import { judge, totalsOf } from './zoo-score.ts'
import type { ZooCase, ZooResult } from './zoo-score.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isolane = join(
  dirname(createRequire(import.meta.url).resolve('isolane/package.json')),
  'dist',
  'main.js',
)
/** First runs until a test fails: a rate of 0.3 shows itself with 99.9 %. */
const patience = 20
/** First runs until all tests of a case fail that should. */
const patienceForAll = 3

const usage = [
  'Usage: npm run bench -- zoo [--cases <directory>] [--repeat <n>] [--only <name or part of names>]',
  '                            [--keep <directory>] [--json]',
  '',
  'Runs isolane flake on every case of a flake zoo and compares what it finds with what is there.',
  'With --keep, the reports, records and logs of every case are left in that directory.',
].join('\n')

/** `npm run bench -- zoo`. @returns the exit code: 0 when the goals are reached. */
export function main(words: readonly string[]): number {
  const { values } = parseArgs({
    args: [...words],
    options: {
      cases: { type: 'string', default: join(root, 'playground', 'zoo') },
      repeat: { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      keep: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const home = resolve(values.cases)
  const all = readdirSync(home)
    .filter((name) => existsSync(join(home, name, 'case.json')))
    .toSorted()
  const isOne = all.includes(values.only)
  const names = all.filter((name) => (isOne ? name === values.only : name.includes(values.only)))
  const results: ZooResult[] = []
  for (const name of names) {
    for (let round = 0; round < Number(values.repeat); round += 1) {
      const kept = values.keep === undefined ? undefined : join(values.keep, `${name}-${round + 1}`)
      const found = runCase(join(home, name), name, kept)
      results.push(...found)
      for (const one of found) {
        const sign = one.right ? 'right' : 'WRONG'
        console.error(`${sign}  ${name}: ${one.test}: expected ${one.expected}, found ${one.found}`)
      }
    }
  }
  const totals = totalsOf(results)
  console.log(values.json ? JSON.stringify(totals, null, 2) : summary(totals))
  const { verdictAccuracy, whitewashed, culpritAccuracy, costRatio } = totals
  const reached = [
    verdictAccuracy >= 0.95,
    whitewashed <= 0.01,
    culpritAccuracy >= 0.9,
    costRatio <= 0.25,
  ]
  return reached.every(Boolean) ? 0 : 1
}

function runCase(source: string, name: string, kept: string | undefined): ZooResult[] {
  const made = JSON.parse(readFileSync(join(source, 'case.json'), 'utf8')) as ZooCase
  const home = mkdtempSync(join(tmpdir(), 'isolane-zoo-'))
  try {
    const dir = join(home, name)
    // Each time from the beginning: what a run leaves must not meet the next one.
    const copy = (): void => {
      rmSync(dir, { recursive: true, force: true })
      cpSync(source, dir, {
        recursive: true,
        filter: (path) => !/\.isolane|node_modules/.test(path),
      })
    }
    symlinkSync(modulesOf(source), join(home, 'node_modules'), 'dir')
    for (let attempt = 0; attempt < patience; attempt += 1) {
      copy()
      const report = examine(dir, made)
      if (report !== undefined && report.findings.length === 0) continue
      const results = judge(name, made, report, 0)
      // Who did not fail was not examined; several that fail by chance need some luck.
      if (attempt < patienceForAll && results.some(({ found }) => found === 'passed')) continue
      if (kept !== undefined) cpSync(join(dir, '.isolane', 'flake'), kept, { recursive: true })
      copy()
      return judge(name, made, report, serialMs(dir, made))
    }
    return judge(name, made, undefined, 0)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function examine(cwd: string, { command, options = [] }: ZooCase): FlakeReport | undefined {
  const words = [isolane, 'flake', '--json', ...options, '--', ...command]
  const { stdout, stderr } = run(process.execPath, words, cwd)
  try {
    return reportSchema.parse(JSON.parse(stdout))
  } catch {
    console.error(stderr.slice(-2000))
    return undefined
  }
}

function serialMs(cwd: string, { command, runner }: ZooCase): number {
  const [program = '', ...words] = command
  const serial: Readonly<Record<string, readonly string[]>> = {
    vitest: ['--no-file-parallelism'],
    jest: ['--runInBand'],
    playwright: ['--workers=1'],
  }
  const kept = words.filter((word) => !/^--(maxWorkers|workers)=/.test(word))
  const startedAt = performance.now()
  run(program, [...kept, ...(serial[runner] ?? [])], cwd)
  return performance.now() - startedAt
}

function run(
  program: string,
  words: readonly string[],
  cwd: string,
): { stdout: string; stderr: string } {
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}`,
  }
  const options = { cwd, env, encoding: 'utf8' as const, maxBuffer: 1 << 28 }
  return spawnSync(program, [...words], options)
}

function modulesOf(source: string): string {
  for (let dir = source; ; dir = dirname(dir)) {
    const modules = join(dir, 'node_modules')
    if (existsSync(join(modules, '.bin'))) return modules
    if (dirname(dir) === dir) return join(root, 'node_modules')
  }
}

function summary(totals: ReturnType<typeof totalsOf>): string {
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`
  return [
    `${totals.cases} cases, ${totals.tests} tests`,
    `  verdict right    ${share(totals.verdictAccuracy)} (goal >= 95 %)`,
    `  mechanism right  ${share(totals.mechanismAccuracy)}`,
    `  cause right      ${share(totals.causeAccuracy)}`,
    `  culprit right    ${share(totals.culpritAccuracy)} (goal >= 90 %)`,
    `  whitewashed      ${share(totals.whitewashed)} (goal <= 1 %)`,
    `  cost             ${totals.costRatio.toFixed(2)} of ten serial reruns (goal <= 0.25)`,
  ].join('\n')
}
