import { field, isObject } from './json.ts'

/** Milliseconds of a duration as proto3 JSON has it (`1.5s`), or as its message with `seconds` and `nanos`; undefined if it is none. */
export function parseProtoDuration(value: unknown): number | undefined {
  const text = isDurationMessage(value) ? protoDurationText(value) : value
  if (typeof text !== 'string' || !/^\d{1,12}(?:\.\d{1,9})?s$/.test(text)) return undefined
  return Number((Number(text.slice(0, -1)) * 1000).toFixed(6))
}

/** Whether a value is a duration's message, which Envoy takes in YAML too. */
export function isDurationMessage(value: unknown): boolean {
  if (!isObject(value)) return false
  const names = Object.keys(value)
  return (
    names.length > 0 &&
    names.every((name) => name === 'seconds' || name === 'nanos') &&
    Object.values(value).every((part) => /^\d{1,12}$/.test(String(part)))
  )
}

/** The message as proto3 JSON writes it. */
export function protoDurationText(value: unknown): string {
  const nanos = String(field(value, 'nanos') ?? 0).padStart(9, '0')
  const fraction = nanos.replace(/0+$/, '')
  const seconds = String(field(value, 'seconds') ?? 0)
  return fraction === '' ? `${seconds}s` : `${seconds}.${fraction}s`
}
