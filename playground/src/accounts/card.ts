import { html } from 'hono/html'
import type { Html } from '../pages/layout.ts'
import { page } from '../pages/layout.ts'

/** A page for people who are not signed in: one card with a form, and links below. */
export function card(
  title: string,
  intro: Html | string,
  content: Html | string,
  links: readonly (readonly [string, string])[] = [],
): Html {
  return page({
    title,
    content: html`<div class="card narrow">
        <h1>${title}</h1>
        <p>${intro}</p>
        ${content}
      </div>
      <p class="links">${links.map(([path, text]) => html`<a href="${path}">${text}</a>`)}</p>`,
  })
}

/** A form of such a page. `problem` is shown above its button. */
export function form(
  action: string,
  inputs: Html | readonly Html[],
  button: string,
  problem = '',
): Html {
  return html`<form method="post" action="${action}">
    ${inputs} ${problem ? html`<p class="problem" role="alert">${problem}</p>` : ''}
    <button class="primary wide">${button}</button>
  </form>`
}
