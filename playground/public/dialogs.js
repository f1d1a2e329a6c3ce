// Opens dialogs, sends their forms as JSON, and closes them once the server has saved.
for (const button of document.querySelectorAll('[data-opens]')) {
  button.addEventListener('click', () => {
    const dialog = document.getElementById(button.dataset.opens)
    dialog.querySelector('form').reset()
    tell(dialog, '')
    dialog.showModal()
  })
  button.disabled = false
}

for (const button of document.querySelectorAll('[data-closes]')) {
  button.addEventListener('click', () => button.closest('dialog').close())
}

for (const form of document.querySelectorAll('form[data-to]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void save(form)
  })
}

async function save(form) {
  const dialog = form.closest('dialog')
  const button = form.querySelector('button:not([type])')
  button.disabled = true
  try {
    const answer = await fetch(form.dataset.to, {
      method: form.dataset.method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    })
    if (answer.status === 202) return
    if (!answer.ok) {
      const { error, field } = await answer.json()
      tell(dialog, error)
      form.elements[field]?.focus()
      return
    }
    dialog.close()
    if (form.dataset.goTo) location.assign(form.dataset.goTo)
    else location.reload()
  } finally {
    button.disabled = false
  }
}

function tell(dialog, text) {
  const problem = dialog.querySelector('[role=alert]')
  problem.textContent = text
  problem.hidden = text === ''
}
