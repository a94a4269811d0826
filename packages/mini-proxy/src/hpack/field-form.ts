/** A token in lower case, or a pseudo-header's name. */
const fieldName = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/

/** What never stands in a value: control characters except the tab. */
const unfit = /[^\t\x20-\x7e\x80-\xff]/

/** Whether `name` is a field name of HTTP/2: not empty, in lower case, after a colon if it is a pseudo-header's. */
export function isFieldName(name: string): boolean {
  return fieldName.test(name)
}

/**
 * Whether `value` is a field value: no control characters but tabs, and no blank at either end.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-8.2.1
 */
export function isFieldValue(value: string): boolean {
  if (value === '') return true
  return (
    !isBlank(value.charCodeAt(0)) &&
    !isBlank(value.charCodeAt(value.length - 1)) &&
    !unfit.test(value)
  )
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
