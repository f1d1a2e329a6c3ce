import { signatureFrame } from '@isolane/record'
import { noInsight } from './insight.ts'
import type { Insight } from './insight.ts'
import type { Laboratory } from './laboratory.ts'

/**
 * Marks a failure beside others whose error comes from the product's own code: what the tests did to each
 * other, users may do to each other too.
 */
export function productRace({ suspect }: Laboratory): Insight[] {
  const trigger = suspect.trigger
  const frame = signatureFrame(trigger?.sample.error?.signature ?? '')
  const file = frame?.replace(/:\d+$/, '')
  if (trigger === undefined || frame === undefined || file === undefined) return []
  const isTest = trigger.record.attempts.some((attempt) => attempt.file === file)
  if (
    isTest ||
    /(^|\/)(tests?|__tests__|e2e|spec|fixtures|helpers?)\/|\.(test|spec)\./.test(file)
  ) {
    return []
  }
  return [
    {
      ...noInsight,
      evidence: [
        {
          kind: 'product-race',
          detail: `possible product race: the error comes from ${frame}, which is no test`,
          tests: [],
          slots: [],
        },
      ],
      nextSteps: [`Look at ${frame} before you change the test: users may meet the same.`],
    },
  ]
}
