/** A value of JSON with named members. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A way down a value: names of members, positions in lists. */
export type JsonPath = readonly (string | number)[]

/** Whether a value has members that can be read. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field of a message by its camelCase name, in whichever spelling it is there. */
export function field(message: unknown, camel: string): unknown {
  if (!isObject(message)) return undefined
  const name = spelling(message, camel)
  return Object.hasOwn(message, name) ? message[name] : undefined
}

/** The name by which a message has a field, its camelCase one or that of the `.proto` file. */
export function spelling(message: unknown, camel: string): string {
  if (!isObject(message) || Object.hasOwn(message, camel)) return camel
  return camel.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A text, or `''`. */
export function textField(message: unknown, camel: string): string {
  const value = field(message, camel)
  return typeof value === 'string' ? value : ''
}

/** The items of a list, each with its path from the message. */
export function listField(
  message: unknown,
  camel: string,
): readonly { readonly value: unknown; readonly path: JsonPath }[] {
  const list = field(message, camel)
  if (!Array.isArray(list)) return []
  const name = spelling(message, camel)
  return list.map((value: unknown, index) => ({ value, path: [name, index] }))
}
