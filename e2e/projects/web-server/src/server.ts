import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { listPage, movesPage, productPage } from './pages.ts'
import * as stock from './stock.ts'

interface Answer {
  readonly html?: string
  readonly to?: string
  readonly status?: number
}

const server = createServer(async (request, response) => {
  const form = new URLSearchParams(await text(request))
  const url = new URL(request.url ?? '/', 'http://localhost')
  const { html = '', to, status } = answerOrFail(request.method ?? 'GET', url, form)
  if (to !== undefined) response.setHeader('location', to)
  response.setHeader('content-type', 'text/html')
  response.statusCode = status ?? (to === undefined ? 200 : 303)
  response.end(html)
})
server.listen(4173)

function answerOrFail(method: string, url: URL, form: URLSearchParams): Answer {
  try {
    return answer(method, url, form)
  } catch (error) {
    return { status: 500, html: String(error) }
  }
}

function answer(method: string, { pathname, searchParams }: URL, form: URLSearchParams): Answer {
  const [, id, action] = /^\/products\/(\d+)(?:\/(\w+))?$/.exec(pathname) ?? []
  switch (`${method} ${id === undefined ? pathname : `/product/${action ?? ''}`}`) {
    case 'GET /health':
      return {}
    case 'POST /testing/reset':
      stock.reset()
      return {}
    case 'GET /':
      return { html: listPage(stock.products(), searchParams.get('message') ?? '') }
    case 'GET /moves':
      return { html: movesPage(stock.moves()) }
    case 'POST /products':
      stock.addProduct(form.get('name') ?? '')
      return { to: '/' }
    case 'GET /product/': {
      const product = stock.product(Number(id))
      return product === undefined ? { status: 404 } : { html: productPage(product) }
    }
    case 'POST /product/move': {
      const moved = stock.move(Number(id), Number(form.get('amount')))
      return { to: moved ? '/' : '/?message=There is none left.' }
    }
    case 'POST /product/note':
      stock.writeNote(Number(id), form.get('note') ?? '')
      return { to: '/' }
    case 'POST /product/remove':
      stock.removeProduct(Number(id))
      return { to: '/' }
    default:
      return { status: 404 }
  }
}
