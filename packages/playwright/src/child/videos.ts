import { rm } from 'node:fs/promises'
import type {
  BrowserContext,
  BrowserContextOptions,
  Page,
  PlaywrightWorkerOptions,
  TestInfo,
} from '@playwright/test'

type VideoOption = PlaywrightWorkerOptions['video']

/**
 * Videos of contexts opened by `as()`. Playwright records those of its own `context` fixture only; the
 * option `video` means the same here.
 */
export class Videos {
  readonly #option: VideoOption
  readonly #testInfo: TestInfo
  readonly #pages: Page[] = []

  constructor(option: VideoOption, testInfo: TestInfo) {
    this.#option = option
    this.#testInfo = testInfo
  }

  /** What a new context needs, so that it is recorded when the option says so. */
  contextOptions(): Pick<BrowserContextOptions, 'recordVideo'> {
    if (!this.#wanted()) return {}
    const size = typeof this.#option === 'string' ? undefined : this.#option.size
    return {
      recordVideo: {
        dir: this.#dir(),
        ...(size === undefined ? {} : { size }),
      },
    }
  }

  record(context: BrowserContext): void {
    if (this.#wanted()) context.on('page', (page) => this.#pages.push(page))
  }

  /** Attaches or deletes what was recorded. Call it when the contexts are closed. */
  async finish(): Promise<void> {
    const keep = this.#kept()
    for (const [at, page] of this.#pages.entries()) {
      const video = page.video()
      if (video === null) continue
      if (keep) {
        const path = this.#testInfo.outputPath(`video-as-${at + 1}.webm`)
        await video.saveAs(path)
        this.#testInfo.attachments.push({ name: 'video', path, contentType: 'video/webm' })
      }
      await video.delete()
    }
    if (this.#wanted()) await rm(this.#dir(), { recursive: true, force: true })
  }

  #dir(): string {
    return this.#testInfo.outputPath('.videos')
  }

  #mode(): string {
    return typeof this.#option === 'string' ? this.#option : this.#option.mode
  }

  #wanted(): boolean {
    const { retry } = this.#testInfo
    switch (this.#mode()) {
      case 'on':
      case 'retain-on-failure':
      case 'retain-on-failure-and-retries':
        return true
      case 'on-first-retry':
      case 'retry-with-video':
        return retry === 1
      case 'on-all-retries':
        return retry > 0
      case 'retain-on-first-failure':
        return retry === 0
      default:
        return false
    }
  }

  #kept(): boolean {
    const { status, expectedStatus, retry } = this.#testInfo
    switch (this.#mode()) {
      case 'retain-on-failure':
      case 'retain-on-first-failure':
        return status !== expectedStatus
      case 'retain-on-failure-and-retries':
        return status !== expectedStatus || retry > 0
      default:
        return true
    }
  }
}
