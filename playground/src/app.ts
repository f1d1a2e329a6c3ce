import { readdirSync, readFileSync } from 'node:fs'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { profileApi, profilePages } from './accounts/profile-pages.ts'
import { registrationPages } from './accounts/registration-pages.ts'
import { sessionUser } from './accounts/sessions.ts'
import { sessionCookie, signInPages } from './accounts/sign-in-pages.ts'
import { assessmentView } from './assessments/assessment-view.ts'
import { courseView } from './courses/course-view.ts'
import { dashboardApi, dashboardPages } from './dashboards/dashboard-pages.ts'
import { institutionView } from './institutions/institution-view.ts'
import { mailPages } from './mail/mail-pages.ts'
import { page } from './pages/layout.ts'
import { recordPages } from './pages/record-pages.ts'
import { programAdminsApi } from './programs/program-admins.ts'
import { programView } from './programs/program-view.ts'
import { recordsApi } from './records/records-api.ts'
import { Rejection } from './rejection.ts'
import { sectionView } from './sections/section-view.ts'
import { termView } from './terms/term-view.ts'
import { invitationsApi } from './users/invitations.ts'
import { personView } from './users/person-view.ts'
import type { Services, Web } from './web.ts'

const views = [
  institutionView,
  programView,
  courseView,
  termView,
  sectionView,
  assessmentView,
  personView,
]

const publicDir = new URL('../public/', import.meta.url)
const assets = new Set(readdirSync(publicDir))
const assetTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** The whole app on the given services. Several may live in one process. */
export function createApp(services: Services): Hono<Web> {
  const app = new Hono<Web>()
  app.get('/healthz', (c) => {
    const institutions = services.database
      .prepare('select count(*) from institutions')
      .pluck()
      .get()
    return c.json({ ready: true, institutions })
  })
  app.get('/assets/:file', (c) => {
    const file = c.req.param('file')
    const type = assetTypes[file.slice(file.lastIndexOf('.') + 1)]
    if (type === undefined || !assets.has(file)) return c.notFound()
    return c.body(readFileSync(new URL(file, publicDir)), 200, { 'content-type': type })
  })
  app.use(async (c, next) => {
    const session = getCookie(c, sessionCookie) ?? ''
    c.set('services', services)
    c.set('session', session)
    c.set('user', session === '' ? undefined : sessionUser(services.database, session))
    await next()
    c.header('cache-control', 'no-store')
  })
  app.get('/', (c) => c.redirect('/dashboard'))
  for (const pages of [signInPages, registrationPages, mailPages, profilePages, dashboardPages]) {
    app.route('/', pages)
  }
  app.route('/api/profile', profileApi)
  app.route('/api/dashboard', dashboardApi)
  app.route('/api/invitations', invitationsApi)
  app.route('/api/programs', programAdminsApi)
  for (const view of views) {
    app.route(`/${view.entity.table}`, recordPages(view))
    app.route(`/api/${view.entity.table}`, recordsApi(view.entity))
  }
  app.notFound((c) => refuse(c, new Rejection(404, 'There is no such page.')))
  app.onError((error, c) => {
    if (error instanceof Rejection) return refuse(c, error)
    console.error(error)
    return refuse(c, new Error('Something went wrong on our side.'))
  })
  return app
}

function refuse(c: Context<Web>, error: Error): Response | Promise<Response> {
  const status = error instanceof Rejection ? error.status : 500
  if (c.req.path.startsWith('/api/')) {
    const field = error instanceof Rejection ? error.field : undefined
    return c.json({ error: error.message, ...(field === undefined ? {} : { field }) }, status)
  }
  const { pathname, search } = new URL(c.req.url)
  if (status === 401) return c.redirect(`/sign-in?next=${encodeURIComponent(pathname + search)}`)
  const titles: Readonly<Record<number, string>> = { 403: 'Access denied', 404: 'Not found' }
  const title = titles[status] ?? 'That did not work'
  const content = html`<div class="card narrow">
    <h1>${title}</h1>
    <p>${error.message}</p>
    <p><a href="/">Back to the start</a></p>
  </div>`
  return c.html(page({ title, user: c.get('user'), content }), status)
}
