import { base64FromBytes, bytesFromBase64 } from './base64.ts'
import type { ScalarCodec } from './scalars.ts'

const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const maxFloat32 = 3.4028235677973366e38

type Limits = readonly [least: bigint, most: bigint]

const limits: Readonly<Record<'int32' | 'uint32' | 'int64' | 'uint64', Limits>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
}

/** What a scalar's JSON must be, for messages. */
export function expectedJson(codec: ScalarCodec): string {
  switch (codec.holds) {
    case 'boolean':
      return 'true or false'
    case 'bytes':
      return 'base64 text'
    case 'float':
      return 'a number'
    case 'string':
      return 'text'
    default:
      return `a whole number of ${codec.holds} range`
  }
}

/** The value of a scalar's JSON; undefined if it is none. `single` narrows a float to 32 bits. */
export function scalarFromJson(codec: ScalarCodec, json: unknown, single: boolean): unknown {
  switch (codec.holds) {
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    case 'string':
      return typeof json === 'string' && json.isWellFormed() ? json : undefined
    case 'bytes':
      return typeof json === 'string' ? bytesFromBase64(json) : undefined
    case 'float':
      return floatFromJson(json, single)
    case 'int64':
    case 'uint64':
      return wholeNumber(json, limits[codec.holds])
    default: {
      const value = wholeNumber(json, limits[codec.holds])
      return value === undefined ? undefined : Number(value)
    }
  }
}

/** The canonical JSON of a scalar. */
export function scalarToJson(codec: ScalarCodec, value: unknown, single: boolean): unknown {
  if (value instanceof Uint8Array) return base64FromBytes(value)
  if (typeof value === 'bigint') return String(value)
  if (codec.holds !== 'float') return value
  if (!Number.isFinite(value)) return String(value)
  return single ? shortestFloat32(value as number) : value
}

function floatFromJson(json: unknown, single: boolean): number | undefined {
  if (json === 'NaN') return Number.NaN
  if (json === 'Infinity') return Number.POSITIVE_INFINITY
  if (json === '-Infinity') return Number.NEGATIVE_INFINITY
  const value = typeof json === 'string' && numberForm.test(json) ? Number(json) : json
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
  if (!single) return value
  return Math.abs(value) < maxFloat32 ? Math.fround(value) : undefined
}

function wholeNumber(json: unknown, [least, most]: Limits): bigint | undefined {
  let value: bigint
  if (typeof json === 'bigint') value = json
  else if (typeof json === 'number' && Number.isInteger(json)) value = BigInt(json)
  else if (typeof json === 'string' && numberForm.test(json)) {
    if (/^-?\d+$/.test(json)) value = BigInt(json)
    else if (Number.isInteger(Number(json))) value = BigInt(Number(json))
    else return undefined
  } else return undefined
  return value < least || value > most ? undefined : value
}

/** The shortest decimal that reads back as the same 32-bit float: 0.1, not 0.10000000149011612. */
function shortestFloat32(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(9))
}
