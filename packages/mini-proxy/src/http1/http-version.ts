/** How many bytes a version takes: `HTTP/1.1`. */
export const versionLength = 8

/** Whether a version stands at `at`, of whatever digits; there must be enough bytes. */
export function isVersion(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0x48 &&
    bytes[at + 1] === 0x54 &&
    bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x50 &&
    bytes[at + 4] === 0x2f &&
    isDigit(bytes[at + 5] ?? 0) &&
    bytes[at + 6] === 0x2e &&
    isDigit(bytes[at + 7] ?? 0)
  )
}

/** Which of the versions that this codec speaks stands at `at`, where one stands; undefined: another one. */
export function versionAt(bytes: Uint8Array, at: number): '1.0' | '1.1' | undefined {
  if (bytes[at + 5] !== one) return undefined
  if (bytes[at + 7] === one) return '1.1'
  return bytes[at + 7] === zero ? '1.0' : undefined
}

export function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine
}

const zero = 48
const one = 49
const nine = 57
