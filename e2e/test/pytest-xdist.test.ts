import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processesLeft } from './support/processes.ts'
import { checkOut } from './support/project.ts'
import type { Project } from './support/project.ts'
import { environment } from './support/run.ts'

/** A Python with both packages: that of the system has them from its own. */
const python = ['/usr/bin/python3', 'python3'].find((one) => {
  try {
    execFileSync(one, ['-c', 'import pytest, xdist'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

interface Ended {
  readonly exitCode: number
  readonly output: string
}

async function isolane(project: Project, ...args: string[]): Promise<Ended> {
  const options = { cwd: project.directory, env: environment(project) }
  return await new Promise((settle) => {
    execFile('isolane', args, options, (error, stdout, stderr) =>
      settle({ exitCode: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    )
  })
}

test('pytest-xdist: real, parallel-only and order-dependent failures are told apart', async ({
  skip,
}) => {
  skip(python === undefined, 'needs apt-get install python3-pytest python3-pytest-xdist')
  if (python === undefined) return
  await using project = await checkOut('pytest-xdist')
  const command = [python, '-m', 'pytest', '-q', '-n2']
  const { exitCode, output } = await isolane(project, 'flake', '--thorough', '--', ...command)
  expect(exitCode, output).toBe(1)
  const path = join(project.directory, '.isolane/flake/report.json')
  const report = JSON.parse(readFileSync(path, 'utf8')) as {
    runner: object
    totals: object
    findings: { test: { key: string } }[]
    runs: { workers: { worker: string; slot: number }[] }[]
  }
  expect(report.runner).toMatchObject({ name: 'pytest-xdist' })
  expect(report.totals).toMatchObject({ tests: 6, missing: 0 })
  expect(report.runs[0]?.workers.map(({ worker, slot }) => [worker, slot]).toSorted()).toEqual([
    ['gw0', 1],
    ['gw1', 2],
  ])
  const findings = report.findings.toSorted((a, b) => (a.test.key < b.test.key ? -1 : 1))
  expect(findings).toMatchObject([
    {
      test: { key: 'tests/test_orders.py > test_an_order_stays_as_it_was_placed' },
      verdict: 'parallel-only',
      culprits: [
        {
          role: 'co-runner',
          key: 'tests/test_returns.py > test_returns_come_one_after_another',
        },
      ],
      reproduce: `${python} -m pytest -q -n2 tests/test_orders.py tests/test_returns.py`,
    },
    {
      test: { key: 'tests/test_prices.py > test_without_a_price_a_book_is_free' },
      verdict: 'order-dependent',
      culprits: [{ role: 'polluter', key: 'tests/test_prices.py > test_a_price_is_set' }],
    },
    {
      test: { key: 'tests/test_taxes.py > test_tax_is_added[10-12]' },
      verdict: 'consistent',
      reproduce: `${python} -m pytest -q -n0 'tests/test_taxes.py::test_tax_is_added[10-12]'`,
    },
  ])
  expect(await processesLeft(project.directory)).toEqual([])
})
