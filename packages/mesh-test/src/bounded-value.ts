import { MeshTestError, type MeshTestErrorCode } from './errors.ts'

/** Deeper than any message of Envoy's. */
const maxDepth = 128

/** Above what the largest config dumps have. */
const maxValues = 10_000_000

/**
 * Hands a value back that can be walked in full.
 *
 * @throws {MeshTestError} if it is deeper than 128 levels, which what holds itself is, or has more
 * than ten million values, those that aliases repeat counted each time.
 */
export function boundedValue(
  value: unknown,
  file: string,
  code: MeshTestErrorCode = 'ERR_MESH_TEST_FORMAT',
): unknown {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }]
  const refused = (most: string): MeshTestError =>
    new MeshTestError(`${file}: expected at most ${most}, got more`, { code })
  let count = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    count += 1
    if (count > maxValues) throw refused(`${maxValues} values`)
    if (next.depth > maxDepth) throw refused(`${maxDepth} levels`)
    if (typeof next.value !== 'object' || next.value === null) continue
    for (const inner of Object.values(next.value))
      open.push({ value: inner, depth: next.depth + 1 })
  }
  return value
}
