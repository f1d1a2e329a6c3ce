import { fileURLToPath } from 'node:url'
import { causeOf } from '../verdict/cause.ts'
import type { Sample } from '../verdict/outcomes.ts'
import type { Cause } from '../verdict/verdict.ts'

const preload = fileURLToPath(new URL('../runners/axis.cjs', import.meta.url))

/** Something that changes from run to run, held still in one way or another. */
export interface Axis {
  readonly name: string
  readonly cause?: Cause
  readonly settings: readonly { readonly name: string; readonly env: Record<string, string> }[]
  /** What to do about it. */
  readonly step: string
}

/** What a test may depend on, the likeliest first. */
export interface Axes {
  readonly held: readonly Axis[]
  /** True when it may ask something of the network. */
  readonly network: boolean
}

const words = {
  chance: /random|uuid|nanoid|faker|shuffle|\bchance\b/i,
  clock: /\bDate\b|Temporal|dayjs|moment|luxon|date-fns|\bnow\(/,
  zone: /\bDate\b|Temporal|dayjs|moment|luxon|date-fns|\bIntl\b|toLocale|\bTZ\b|time_?zone|datetime|strftime/i,
  network: /\bfetch\b|https?\b|\bnet\b|dns|socket|axios|undici|goto\(|localhost|127\.0\.0\.1/i,
}
// Far apart, a day on either side of the date line, and one with half an hour.
const zones = [
  ...['UTC', 'America/Los_Angeles', 'Asia/Kolkata'],
  ...['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Europe/Berlin'],
]
// A package may do what its users' sources do not name.
const otherPackage =
  /(?:from|import|require\()\s*['"](?!\.|\/|node:|vitest['"]|@playwright\/test['"]|@jest\/globals['"])/

/** The axes that can matter to a test with these sources and this failure. */
export function axes(file: string, sources: readonly string[], trigger: Sample | undefined): Axes {
  const names = (pattern: RegExp): boolean => sources.some((text) => pattern.test(text))
  const isOpaque = sources.length === 0 || names(otherPackage)
  const isNode = /\.[cm]?[jt]sx?$/.test(file)
  const cause = causeOf(trigger?.error, trigger?.timedOut)
  const all = [
    ...(isNode ? [{ axis: chance(), pattern: words.chance }] : []),
    ...(isNode ? [{ axis: clock(), pattern: words.clock }] : []),
    { axis: zone(), pattern: words.zone },
  ]
  const named = all.filter(({ pattern }) => names(pattern))
  const others = isOpaque ? all.filter((one) => !named.includes(one)) : []
  return {
    held: [...named, ...others].map(({ axis }) => axis),
    network: cause === 'network' || cause === 'timeout' || names(words.network) || isOpaque,
  }
}

function chance(): Axis {
  return {
    name: 'Math.random()',
    step: 'Give the test a seed for what is random in it, or accept every value that can come.',
    // Mostly a limit is what matters, and low and high values are on either side of it.
    settings: [
      { name: 'low values', env: held({ seed: 1, from: 0, to: 0.1 }) },
      { name: 'high values', env: held({ seed: 1, from: 0.9, to: 1 }) },
      ...[2, 3, 4, 5].map((seed) => ({ name: `seed ${seed}`, env: held({ seed }) })),
    ],
  }
}

function clock(): Axis {
  // The first two differ in every part: half of the day, minute, second and millisecond, odd and even.
  const now = Date.now()
  const instants = [0, 46_861_001, 1, 7_321_657, 26_111_333, 97_445_678].map((ms) => now + ms)
  return {
    name: 'the clock',
    cause: 'time',
    step: 'Give the test a clock of its own: vi.setSystemTime, jest.setSystemTime, page.clock.',
    settings: instants.map((clockMs) => ({
      name: new Date(clockMs).toISOString().slice(11, 23),
      env: held({ clockMs }),
    })),
  }
}

function zone(): Axis {
  return {
    name: 'the time zone',
    cause: 'time',
    step: 'Say which time zone the test means: set TZ for every run, or name the zone where a time is read or shown.',
    settings: zones.map((one) => ({ name: one, env: { TZ: one, ...held({ zone: one }) } })),
  }
}

function held(setting: object): Record<string, string> {
  return {
    ISOLANE_HOLD: JSON.stringify(setting),
    NODE_OPTIONS:
      `${process.env['NODE_OPTIONS'] ?? ''} --require ${JSON.stringify(preload)}`.trim(),
  }
}
