/** When the run of the sample began. */
export const startMs = Date.parse('2026-11-21T10:00:00Z')
export const zero = { runs: 0, failures: 0 }
/** The key of a test in a file. */
export const key = (file: string, ...titles: string[]): string => [file, ...titles].join(' > ')

export const checkout = ['tests/checkout.test.ts', 'checkout', 'pays with a saved card'] as const
export const webhook = ['tests/webhook.test.ts', 'webhook', 'receives a payment event'] as const
export const profile = [
  'tests/profile.test.ts',
  'profile',
  'instructor updates own profile',
] as const
export const registration = [
  'tests/registration.test.ts',
  'complete registration and password workflow',
] as const
export const seed = [
  'tests/programs.test.ts',
  'program admin',
  'cannot access other programs',
] as const
export const clock = ['tests/report.test.ts', 'report', 'groups bookings by day'] as const
