import { readFileSync } from 'node:fs'
import { IsolaneError } from '@isolane/record'
import { z } from 'zod'
import { findingName } from './report/findings.ts'
import type { Finding } from './report/schema.ts'
import { causes, verdicts } from './verdict/verdict.ts'

const about = { verdict: z.enum(verdicts), cause: z.enum(causes).optional() }

const expectationsSchema = z.strictObject({
  expected: z.array(
    z.union([
      z.strictObject({ test: z.string().min(1), ...about }),
      z.strictObject({
        anyOf: z.array(z.string().min(1)).min(1),
        ...about,
        atLeast: z.number().int().nonnegative().default(1),
      }),
    ]),
  ),
})

/** What `--expect` compares the findings with. */
export type Expectations = z.infer<typeof expectationsSchema>

/**
 * Reads the file of `--expect`.
 *
 * @throws `ISOLANE_OPTION` when it is missing or is not of the right form.
 */
export function readExpectations(path: string): Expectations {
  const hint =
    'the form is { "expected": [{ "test": "suite > test", "verdict": "consistent" }, { "anyOf": ["a", "b"], "verdict": "intermittent", "atLeast": 1 }] }'
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    const why =
      cause instanceof SyntaxError ? `it is not JSON: ${cause.message}` : 'it cannot be read'
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `Cannot use ${path} for --expect: ${why}`,
      hint,
      details: { path },
      cause,
    })
  }
  const result = expectationsSchema.safeParse(value)
  if (result.success) return result.data
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `Cannot use ${path} for --expect:\n${z.prettifyError(result.error)}`,
    hint,
    details: { path },
  })
}

/** A way in which the findings are not what was expected, as a sentence. */
export type Difference = string

/**
 * Compares findings with what was expected of them. A test is named by its titles joined with ` > `, or
 * by the end of its file, `::` and its titles. Of `anyOf`, at least so many must have the verdict; the
 * others may pass, or fail as they like.
 */
export function differences(
  expectations: Expectations,
  findings: readonly Finding[],
): Difference[] {
  const found: Difference[] = []
  const covered = new Set<Finding>()
  for (const expected of expectations.expected) {
    const names = 'test' in expected ? [expected.test] : expected.anyOf
    const matching = findings.filter((finding) => names.some((name) => isNamed(finding, name)))
    for (const finding of matching) covered.add(finding)
    const right = matching.filter((finding) => isAsExpected(finding, expected))
    if ('test' in expected) {
      const wrong = matching.filter((finding) => !right.includes(finding))
      found.push(...wrong.map((finding) => wrongVerdict(finding, expected)))
      if (matching.length === 0) {
        found.push(`${expected.test}: expected ${wanted(expected)}, but it did not fail`)
      }
    } else if (right.length < expected.atLeast) {
      found.push(
        `${right.length} of ${names.length} tests are ${wanted(expected)}, expected at least ${expected.atLeast}: ${names.join(', ')}`,
      )
    }
  }
  for (const finding of findings) {
    if (covered.has(finding)) continue
    found.push(
      `${findingName(finding)}: ${finding.verdict} (${finding.cause}), but no failure was expected`,
    )
  }
  return found
}

/** True when `name` names the test of a finding, as in an expectation. */
export function isNamed({ test }: Finding, name: string): boolean {
  const title = test.titlePath.join(' > ')
  const [file, rest] = name.includes('::') ? splitOnce(name, '::') : [undefined, name]
  if (title !== rest) return name === test.key
  return file === undefined || test.file === file || test.file.endsWith(`/${file}`)
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by)
  return [text.slice(0, at), text.slice(at + by.length)]
}

type About = { verdict: Finding['verdict']; cause?: Finding['cause'] | undefined }

function isAsExpected(finding: Finding, { verdict, cause }: About): boolean {
  return finding.verdict === verdict && (cause === undefined || finding.cause === cause)
}

function wanted({ verdict, cause }: About): string {
  return cause === undefined ? verdict : `${verdict} (${cause})`
}

function wrongVerdict(finding: Finding, expected: About): string {
  const { verdict, cause, arms } = finding
  const counts = `${arms.parallel.failures} of ${arms.parallel.runs} failed in parallel, ${arms.alone.failures} of ${arms.alone.runs} alone`
  const got = expected.cause === undefined ? verdict : `${verdict} (${cause})`
  return `${findingName(finding)}: expected ${wanted(expected)}, found ${got}; ${counts}`
}
