import type { Product } from './stock.ts'

export function listPage(products: readonly Product[], message: string): string {
  const rows = products.map(
    ({ id, name, stock, note }) => `
      <tr>
        <td><a href="/products/${id}">${escape(name)}</a></td>
        <td data-testid="stock-${id}">${stock}</td>
        <td>${escape(note)}</td>
        <td>
          <form method="post" action="/products/${id}/move">
            <button name="amount" value="-1" aria-label="Take ${escape(name)}">Take</button>
            <button name="amount" value="1" aria-label="Return ${escape(name)}">Return</button>
          </form>
        </td>
      </tr>`,
  )
  return page(
    'Stock',
    `${message === '' ? '' : `<p role="alert">${escape(message)}</p>`}
    <table>${rows.join('')}</table>
    <form method="post" action="/products">
      <label>Name <input name="name" required></label>
      <button>Add</button>
    </form>
    <a href="/moves">Moves</a>`,
  )
}

export function productPage({ id, name, stock, note }: Product): string {
  return page(
    name,
    `<p>In stock: ${stock}</p>
    <form method="post" action="/products/${id}/note">
      <label>Note <textarea name="note">${escape(note)}</textarea></label>
      <button>Save</button>
    </form>
    <form method="post" action="/products/${id}/remove"><button>Remove</button></form>`,
  )
}

export function movesPage(moves: readonly string[]): string {
  return page('Moves', `<ol>${moves.map((move) => `<li>${escape(move)}</li>`).join('')}</ol>`)
}

function page(title: string, body: string): string {
  return `<!doctype html><title>${escape(title)}</title><h1>${escape(title)}</h1>${body}`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
