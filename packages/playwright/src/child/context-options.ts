import type { BrowserContextOptions, WorkerInfo } from '@playwright/test'

const names = [
  'acceptDownloads',
  'bypassCSP',
  'clientCertificates',
  'colorScheme',
  'contrast',
  'deviceScaleFactor',
  'extraHTTPHeaders',
  'forcedColors',
  'geolocation',
  'hasTouch',
  'httpCredentials',
  'ignoreHTTPSErrors',
  'isMobile',
  'javaScriptEnabled',
  'locale',
  'permissions',
  'proxy',
  'reducedMotion',
  'screen',
  'serviceWorkers',
  'timezoneId',
  'userAgent',
  'viewport',
] as const satisfies readonly (keyof BrowserContextOptions)[]

/**
 * The project's `use` as options of a context. Playwright adds them to contexts that are made while a test runs,
 * and to no others.
 */
export function projectContextOptions(
  { project }: WorkerInfo,
  baseURL: string | undefined,
): BrowserContextOptions {
  const use: Readonly<Record<string, unknown>> = project.use
  const given = names.filter((name) => use[name] !== undefined)
  return {
    ...project.use.contextOptions,
    ...Object.fromEntries(given.map((name) => [name, use[name]])),
    ...(baseURL === undefined ? {} : { baseURL }),
  }
}
