import { html } from 'hono/html'
import type { Role, User } from '../accounts/users.ts'
import { roleNames } from '../accounts/users.ts'

/** A piece of markup, already escaped. */
export type Html = ReturnType<typeof html>

/** What surrounds the content of a page. */
export interface Frame {
  readonly title: string
  readonly user?: User | undefined
  /** Path of the entry of the menu that this page belongs to. */
  readonly at?: string
  /** Scripts of the page besides the one for dialogs, by file name. */
  readonly scripts?: readonly string[]
  readonly content: Html
}

const menu: readonly (readonly [path: string, label: string, roles?: readonly Role[]])[] = [
  ['/dashboard', 'Dashboard'],
  ['/dashboard/results', 'Results'],
  ['/institutions', 'Institutions', ['site_admin', 'institution_admin']],
  ['/programs', 'Programs'],
  ['/courses', 'Courses'],
  ['/terms', 'Terms', ['site_admin', 'institution_admin', 'program_admin']],
  ['/sections', 'Sections'],
  ['/assessments', 'Assessments'],
  ['/users', 'People', ['site_admin', 'institution_admin']],
]

const styles = ['base', 'layout', 'parts', 'forms']

/** A whole page: with the menu for signed-in users, as a narrow card for everyone else. */
export function page({ title, user, at, scripts = [], content }: Frame): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Course Records</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        ${styles.map((name) => html`<link rel="stylesheet" href="/assets/${name}.css" />`)}
        <script type="module" src="/assets/dialogs.js"></script>
        ${scripts.map((file) => html`<script type="module" src="/assets/${file}"></script>`)}
      </head>
      <body class="${user ? 'inside' : 'outside'}">
        ${user ? bar(user, at) : html`<p class="brand">${logo} Course Records</p>`}
        <main>${content}</main>
      </body>
    </html>`
}

const logo = html`<img src="/assets/icon.svg" alt="" width="22" height="22" />`

function bar(user: User, at: string | undefined): Html {
  const entries = menu.filter(([, , roles]) => roles?.includes(user.role) ?? true)
  return html`<header class="bar">
    <a class="brand" href="/dashboard">${logo} Course Records</a>
    <nav aria-label="Main">
      ${entries.map(
        ([path, label]) =>
          html`<a href="${path}" ${path === at ? html`aria-current="page"` : ''}>${label}</a>`,
      )}
    </nav>
    <div class="me">
      <a href="/profile" ${at === '/profile' ? html`aria-current="page"` : ''}>
        <span class="avatar" aria-hidden="true">${initials(user.name)}</span>
        <span>
          <strong>${user.name}</strong>
          <small>${roleNames[user.role]}</small>
        </span>
      </a>
      <form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>
    </div>
  </header>`
}

function initials(name: string): string {
  const words = name.split(/\s+/)
  return `${words[0]?.[0] ?? ''}${words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''}`.toUpperCase()
}
