import { laneTest } from '@isolane/playwright'
import { lanes } from '../lanes.ts'

export { expect } from '@playwright/test'

/** Playwright's `test` on lanes: `as('instructor')` gives a page on which the lane's instructor is signed in. */
export const test = laneTest(lanes, {
  signIn: async (page, { email, password }) => {
    const answer = await page.request.post('/sign-in?next=/profile', { form: { email, password } })
    if (!answer.url().endsWith('/profile')) throw new Error(`${email} was not let in.`)
  },
  signedIn: async (page, { email }) => {
    const answer = await page.request.get('/api/profile')
    return answer.ok() && ((await answer.json()) as { email: string }).email === email
  },
})

/** What Chromium itself writes to the console when the server refuses a request. */
export const refused = /Failed to load resource: the server responded with a status of 4\d\d/
