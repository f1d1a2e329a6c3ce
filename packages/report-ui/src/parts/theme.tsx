import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

const key = 'isolane-theme'
const themes = ['system', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

/** Shows the theme that was chosen before; without a choice the system's. */
export function startTheme(): void {
  apply(stored())
}

/** Goes from the system's theme to light, to dark, and back. */
export function ThemeButton(): JSX.Element {
  const [theme, setTheme] = useState(stored)
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  const change = (): void => {
    apply(next)
    setTheme(next)
  }
  return (
    <button type="button" class="quiet theme" onClick={change} title={`Theme: ${theme}`}>
      <span aria-hidden="true">{theme === 'system' ? '◐' : theme === 'light' ? '☀' : '☾'}</span>
      <span class="hidden">
        Theme: {theme}. Change to {next}.
      </span>
    </button>
  )
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  // A browser may keep files from storing anything.
  try {
    localStorage.setItem(key, theme)
  } catch {}
}

function stored(): Theme {
  try {
    const theme = localStorage.getItem(key)
    return themes.find((one) => one === theme) ?? 'system'
  } catch {
    return 'system'
  }
}
