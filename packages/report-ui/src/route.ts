import { useLayoutEffect, useState } from 'preact/hooks'

/** The parts of the address behind `#/`. */
export function useRoute(): readonly string[] {
  const [route, setRoute] = useState(read)
  useLayoutEffect(() => {
    const onChange = (): void => setRoute(read())
    window.addEventListener('hashchange', onChange)
    return () => window.removeEventListener('hashchange', onChange)
  }, [])
  return route
}

function read(): readonly string[] {
  return location.hash.replace(/^#\/?/, '').split('/').filter(Boolean)
}
