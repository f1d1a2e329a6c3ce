// Fills the regions of a dashboard with what the server counts.
let leaving = false
addEventListener('pagehide', () => (leaving = true))

async function fill(region) {
  try {
    const answer = await fetch(region.dataset.from)
    const rows = await answer.json()
    region.replaceChildren(...(rows.length === 0 ? [empty()] : parts[region.dataset.kind](rows)))
  } catch (error) {
    // Browsers abort what is under way when the page is left.
    if (leaving) return
    console.error(`${region.ariaLabel}: ${error}`)
    region.replaceChildren(element('p', { className: 'problem' }, 'Figures are not available.'))
  } finally {
    region.ariaBusy = 'false'
  }
}

const parts = {
  figures: (rows) =>
    rows.map(({ label, value, path }) =>
      element('a', { className: 'figure card', href: path }, [
        element('strong', {}, String(value)),
        element('span', {}, label),
      ]),
    ),
  tasks: (rows) => [
    element('h2', {}, 'Assessments that wait for results'),
    element('ul', { className: 'card' }, [
      ...rows.map(({ id, title, section, status }) =>
        element('li', {}, [
          element('a', { href: `/assessments/${id}` }, title),
          element('span', {}, section),
          element('span', { className: `badge ${status.replaceAll(' ', '-')}` }, status),
        ]),
      ),
    ]),
  ],
  results: (rows) => [
    element('div', { className: 'card' }, [
      element('table', { ariaLabel: 'Results by course' }, [
        element('thead', {}, [
          element('tr', {}, [
            element('th', {}, 'Course'),
            element('th', {}, 'Complete'),
            element('th', {}, 'Passed'),
          ]),
        ]),
        element('tbody', {}, [...rows.map(result)]),
      ]),
    ]),
  ],
}

function result({ code, title, assessments, complete, took, passed }) {
  const percent = took === 0 ? 0 : Math.round((100 * passed) / took)
  const bar = element('span', {})
  bar.style.width = `${percent}%`
  return element('tr', {}, [
    element('td', {}, [element('strong', {}, code), ` ${title}`]),
    element('td', {}, `${complete} of ${assessments}`),
    element('td', {}, [
      element('span', { className: 'meter wide' }, [bar]),
      took === 0 ? ' no results yet' : ` ${percent} % of ${took}`,
    ]),
  ])
}

function empty() {
  return element('p', { className: 'empty' }, 'Nothing to show yet.')
}

function element(tag, properties, children = []) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...(Array.isArray(children) ? children : [children]))
  return made
}

for (const region of document.querySelectorAll('[data-from]')) await fill(region)
