import { stripVTControlCharacters } from 'node:util'
import type { TestRef } from '../runners/driver.ts'
import type { Finding } from './schema.ts'

/** A test as people read it: `file › suite › test`, with the project in front when there is one. */
export function testName(test: Pick<TestRef, 'project' | 'file' | 'titlePath'>): string {
  const project = test.project === '' ? '' : `[${test.project}] `
  return plainText(`${project}${[test.file, ...test.titlePath].join(' › ')}`)
}

/** The keys of all tests that findings speak of. */
export function keysIn(findings: readonly Finding[]): Set<string> {
  return new Set(
    findings.flatMap(({ test, evidence, culprits }) => [
      test.key,
      ...culprits.map(({ key }) => key),
      ...evidence.flatMap(({ tests }) => tests),
    ]),
  )
}

/** Text on one line, without anything that a terminal would obey. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text)
    .toWellFormed()
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
}
