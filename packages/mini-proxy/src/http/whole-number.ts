const zero = 48

/** The number that a text of one to `most` decimal digits says; undefined: it is no such text. */
export function wholeNumber(text: string, most: number): number | undefined {
  const { length } = text
  if (length === 0 || length > most) return undefined
  let number = 0
  for (let i = 0; i < length; i += 1) {
    const digit = text.charCodeAt(i) - zero
    if (digit < 0 || digit > 9) return undefined
    number = number * 10 + digit
  }
  return number
}
