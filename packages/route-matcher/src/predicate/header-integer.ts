/**
 * Reads a header value that is a decimal integer and nothing else, as Envoy does: a sign or none, zeros in front, ASCII white
 * space around it. Undefined: it is none, or has more digits than 64 bits hold. Linear in the length of the text.
 */
export function headerInteger(text: string): bigint | undefined {
  const found = form.exec(text)
  return found === null ? undefined : BigInt(`${found[1] === '-' ? '-' : ''}${found[2]}`)
}

const form = /^[\t-\r ]*([+-]?)0*(\d{1,20})[\t-\r ]*$/
