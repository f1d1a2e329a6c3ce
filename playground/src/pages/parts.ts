import { html } from 'hono/html'
import type { Row } from '../records/entity.ts'
import type { Html } from './layout.ts'

/** The head of a part of a page. */
export function subheading(title: string, actions: Html | string = ''): Html {
  return html`<div class="heading">
    <h2>${title}</h2>
    <div class="actions">${actions}</div>
  </div>`
}

/** A column of a table: its heading and the cell of a row. */
export interface Column {
  readonly heading: string
  readonly numeric?: boolean
  readonly cell: (row: Row) => Html | string | number
}

/** The head of a page: its title, a line below it, and buttons at the right. */
export function heading(title: string, subtitle: Html | string, actions: Html | string = ''): Html {
  return html`<div class="heading">
    <div>
      <h1>${title}</h1>
      <p>${subtitle}</p>
    </div>
    <div class="actions">${actions}</div>
  </div>`
}

/** Rows as a table, or `empty` as a sentence when there are none. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly Row[],
  empty: string,
): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`
  return html`<div class="card">
    <table aria-label="${caption}">
      <thead>
        <tr>
          ${columns.map(
            ({ heading, numeric }) =>
              html`<th scope="col" ${numeric ? html`class="number"` : ''}>${heading}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map(
                ({ cell, numeric }) =>
                  html`<td ${numeric ? html`class="number"` : ''}>${cell(row)}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

/** Names and values of one record. */
export function facts(entries: readonly (readonly [string, Html | string | number])[]): Html {
  return html`<dl class="facts card">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value === '' ? html`<span class="none">none</span>` : value}</dd>
        </div>`,
    )}
  </dl>`
}

/** A link to the page of a record. */
export function link(table: string, row: Row, text: string): Html {
  return html`<a href="/${table}/${row.id}">${text}</a>`
}

/** A status as a coloured label. */
export function badge(status: string): Html {
  return html`<span class="badge ${status.replaceAll(' ', '-')}">${status}</span>`
}

/** A share as a bar with its percentage. Nothing when `whole` is 0 or unknown. */
export function meter(part: number | null, whole: number | null): Html | string {
  if (part === null || !whole) return ''
  const percent = Math.round((100 * part) / whole)
  return html`<span class="meter"><span style="width: ${percent}%"></span></span> ${percent} %`
}
