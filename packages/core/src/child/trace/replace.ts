import { currentScope } from './scope.ts'

type Original = (this: unknown, ...args: unknown[]) => unknown

/**
 * Puts `make(original)` in the place of a method, with the same name, length, own properties and attributes, so that
 * it can be spied on, replaced and restored like the original. Does nothing where there is no such method.
 */
export function replaceMethod<This extends object>(
  target: This,
  name: string,
  make: (original: Original) => (this: This, ...args: unknown[]) => unknown,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, name)
  const original: unknown = descriptor?.value
  if (typeof original !== 'function' || descriptor?.configurable !== true) return
  const replacement = make(original as Original)
  for (const key of Reflect.ownKeys(original)) {
    const own = Object.getOwnPropertyDescriptor(original, key)
    if (own !== undefined && key !== 'prototype') Object.defineProperty(replacement, key, own)
  }
  Object.defineProperty(target, name, { ...descriptor, value: replacement })
}

// Who looks reads files too, and loads modules.
let isLooking = false

/** Has a method tell its arguments to `look` before it does its work, where that is on the account of a scope. */
export function onCall<This extends object>(
  target: This,
  name: string,
  look: (this: This, args: readonly unknown[]) => void,
): void {
  replaceMethod(
    target,
    name,
    (original) =>
      function (...args) {
        if (!isLooking && currentScope() !== undefined) {
          isLooking = true
          try {
            look.call(this, args)
          } finally {
            isLooking = false
          }
        }
        return Reflect.apply(original, this, args)
      },
  )
}
