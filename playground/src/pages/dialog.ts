import { html } from 'hono/html'
import type { Entity, Field, Row } from '../records/entity.ts'
import type { Html } from './layout.ts'

/** A dialog that sends its fields as JSON. `public/dialogs.js` opens, sends and closes it. */
export interface Dialog {
  readonly id: string
  readonly title: string
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  /** Path of the API. */
  readonly to: string
  /** Where to go after saving; the same page by default. */
  readonly goTo?: string
  readonly save?: string
  readonly body: Html | readonly Html[]
}

export function dialog({ id, title, method, to, goTo, save = 'Save', body }: Dialog): Html {
  return html`<dialog id="${id}" aria-labelledby="${id}-title">
    <form data-method="${method}" data-to="${to}" data-go-to="${goTo ?? ''}" novalidate>
      <h2 id="${id}-title">${title}</h2>
      ${body}
      <p class="problem" role="alert" hidden></p>
      <div class="buttons">
        <button type="button" class="quiet" data-closes>Cancel</button>
        <button class="${method === 'DELETE' ? 'danger' : 'primary'}">${save}</button>
      </div>
    </form>
  </dialog>`
}

/** The button that opens a dialog. Until its script is there a click would be lost: the script enables it. */
export function opener(id: string, label: string, kind: 'primary' | 'quiet' = 'primary'): Html {
  return html`<button type="button" class="${kind}" data-opens="${id}" disabled>${label}</button>`
}

/** The small button in a row of a table that opens a dialog about `name`. */
export function rowOpener(id: string, label: string, name: string): Html {
  return html`<button
    type="button"
    class="quiet"
    aria-label="${label} ${name}"
    data-opens="${id}"
    disabled
  >
    ${label}
  </button>`
}

/** A labelled text input. */
export function textInput(
  name: string,
  label: string,
  value: string | number | null = '',
  type = 'text',
): Html {
  return html`<label
    >${label}<input
      name="${name}"
      type="${type}"
      value="${value ?? ''}"
      autocomplete="${type === 'password' ? 'current-password' : 'off'}"
  /></label>`
}

/** A labelled choice. */
export function select(
  name: string,
  label: string,
  options: readonly (readonly [string | number, string])[],
  chosen: string | number | null = null,
): Html {
  return html`<label
    >${label}<select name="${name}">
      ${options.map(
        ([value, text]) =>
          html`<option value="${value}" ${value === chosen ? html`selected` : ''}>${text}</option>`,
      )}
    </select></label
  >`
}

/** The records that a field may refer to, by id and name. */
export type Offer = (field: Field) => readonly (readonly [number, string])[]

/** Inputs for the fields of a record: those of a new one, or those of `row` that may change. */
export function recordInputs(entity: Entity, options: Offer, row?: Row): Html[] {
  return entity.fields
    .filter((field) => row === undefined || !field.fixed)
    .map((field) => input(field, row?.[field.name] ?? null, options))
}

function input(field: Field, value: string | number | null, options: Offer): Html {
  switch (field.kind) {
    case 'reference': {
      const none = field.optional ? [['', 'none'] as const] : []
      return select(field.name, field.label, [...none, ...options(field)], value)
    }
    case 'choice':
      return select(
        field.name,
        field.label,
        (field.choices ?? []).map((choice) => [choice, choice] as const),
        value,
      )
    case 'long':
      return html`<label
        >${field.label}<textarea name="${field.name}" rows="3">${value ?? ''}</textarea>
      </label>`
    case 'integer':
      return textInput(field.name, field.label, value, 'number')
    case 'date':
      return textInput(field.name, field.label, value, 'date')
    default:
      return textInput(field.name, field.label, value)
  }
}
