/** What a request costs as a witness: path bytes first, then headers, then anything else that is not the default. */
export type Cost = number

/** One byte of path or query. */
export const byteCost: Cost = 1_000_000
/** One header. */
export const headerCost: Cost = 1_000
/** Anything else that differs from the default. */
export const oddityCost: Cost = 1

/** The length of a text in UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
