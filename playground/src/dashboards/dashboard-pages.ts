import { Hono } from 'hono'
import { html } from 'hono/html'
import { roleNames } from '../accounts/users.ts'
import type { Html } from '../pages/layout.ts'
import { page } from '../pages/layout.ts'
import { heading } from '../pages/parts.ts'
import type { Web } from '../web.ts'
import { signedIn } from '../web.ts'
import { expectFigures, figuresReady } from './cold-figures.ts'
import { figuresFor, resultsFor, tasksFor } from './figures.ts'

/** The dashboards. Their scripts fetch the figures. */
export const dashboardPages = new Hono<Web>()
  .get('/dashboard', (c) => {
    const user = signedIn(c)
    expectFigures(c.get('session'), c.var.services.switches)
    return c.html(
      page({
        title: 'Dashboard',
        user,
        at: '/dashboard',
        scripts: ['dashboard.js'],
        content: html`${heading(`${roleNames[user.role]} dashboard`, `Good to see you, ${user.name}.`)}
        ${region('Figures', '/api/dashboard/figures', 'figures')}
        ${region('To do', '/api/dashboard/tasks', 'tasks')}`,
      }),
    )
  })
  .get('/dashboard/results', (c) => {
    const user = signedIn(c)
    expectFigures(c.get('session'), c.var.services.switches)
    return c.html(
      page({
        title: 'Results',
        user,
        at: '/dashboard/results',
        scripts: ['dashboard.js'],
        content: html`${heading('Results', 'Students who passed, over all complete assessments.')}
        ${region('Results by course', '/api/dashboard/results', 'results')}`,
      }),
    )
  })

function region(name: string, from: string, kind: string): Html {
  return html`<section
    class="${kind}"
    aria-label="${name}"
    aria-busy="true"
    data-from="${from}"
    data-kind="${kind}"
  >
    <p class="empty">Loading…</p>
  </section>`
}

/** What the dashboards' scripts fetch. */
export const dashboardApi = new Hono<Web>()
  .use(async (c, next) => {
    if (figuresReady(c.get('session'))) return next()
    c.env.incoming?.socket.resetAndDestroy()
    return c.body(null, 503)
  })
  .get('/figures', (c) => c.json(figuresFor(c.var.services.database, signedIn(c))))
  .get('/tasks', (c) => c.json(tasksFor(c.var.services.database, signedIn(c))))
  .get('/results', (c) => c.json(resultsFor(c.var.services.database, signedIn(c))))
