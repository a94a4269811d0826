import type { Refused, Stored, Update } from '../cache/update.ts'
import type { AdsResponse, RawResource } from '../protocol/response.ts'
import type { ResourceCodec } from './resource-codec.ts'

/** What is held of the type in question. */
interface HeldResources<Json> {
  readonly size: number
  get(name: string): Stored<Json> | undefined
  names(): Iterable<string>
  /** By name, what was refused; it may be held in an earlier version, or not at all. */
  readonly refusals: ReadonlyMap<string, unknown>
  withFingerprint(fingerprint: string): Stored<Json> | undefined
}

/** What a response is judged by. */
export interface Judgement<Json> {
  readonly codec: ResourceCodec<Json>
  readonly held: HeldResources<Json>
  /** Why a sound resource cannot be used; undefined: it can. */
  readonly check: (json: Json) => string | undefined
  /** Whether a resource that is not in the response is gone. */
  readonly fullState: boolean
  readonly maxResources: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Takes a field that the client does not know and therefore drops. */
  readonly onUnknownField: (name: string, field: string) => void
}

/** Longest reason of a NACK, in UTF-16 units. */
const maxFault = 4096

/**
 * Judges a response resource by resource: the good ones are accepted, each bad one is refused with its reason, and the
 * reasons together make the NACK.
 */
export function judgeResponse<Json>(response: AdsResponse, by: Judgement<Json>): Update<Json> {
  const { version } = response
  const accepted = new Map<string, Stored<Json>>()
  const refused: Refused[] = []
  const seen = new Set<string>()
  for (const raw of response.resources) {
    if (raw.bytes === undefined) {
      if (raw.name !== undefined) seen.add(raw.name)
      continue
    }
    const verdict = judge(raw, raw.bytes, response.typeUrl, by)
    if ('reason' in verdict) refused.push(verdict)
    else if (seen.has(verdict.name)) {
      accepted.delete(verdict.name)
      refused.push({ name: verdict.name, version, reason: 'is there twice' })
    } else accepted.set(verdict.name, verdict)
    if (verdict.name !== undefined) seen.add(verdict.name)
  }
  const removed = removedNames(response, seen, refused, by)
  const size = sizeAfter(accepted, removed, by.held)
  if (size > by.maxResources) {
    const fault = `expected at most ${by.maxResources} resources of this type, got ${size}`
    return { version, accepted: [], refused: [], removed: [], fault }
  }
  return { version, accepted: [...accepted.values()], refused, removed, fault: faultOf(refused) }
}

function judge<Json>(
  raw: RawResource,
  bytes: Uint8Array,
  typeUrl: string,
  { codec, held, check, at, onUnknownField }: Judgement<Json>,
): Stored<Json> | Refused {
  const { version } = raw
  if (raw.typeUrl !== typeUrl) {
    return { name: raw.name, version, reason: `expected a ${typeUrl}, got a ${raw.typeUrl}` }
  }
  const fingerprint = codec.fingerprint(bytes)
  const same = held.withFingerprint(fingerprint)
  if (same !== undefined) return { ...same, version }
  const reading = codec.read(bytes)
  if ('fault' in reading) return { name: reading.name ?? raw.name, version, reason: reading.fault }
  const { name, json, unknown } = reading
  if (raw.name !== undefined && raw.name !== name) {
    return { name: raw.name, version, reason: `is named ${JSON.stringify(name)} inside` }
  }
  const reason = reasonOf(check, json)
  if (reason !== undefined) return { name, version, reason }
  if (unknown !== undefined) onUnknownField(name, unknown)
  return { name, version, fingerprint, json, lastUpdated: at }
}

/** A check that fails must not take the process with it: what a peer sends can do no more than be refused. */
function reasonOf<Json>(check: (json: Json) => string | undefined, json: Json): string | undefined {
  try {
    return check(json)
  } catch (error) {
    return `cannot be checked: ${error instanceof Error ? error.message : String(error)}`
  }
}

function removedNames<Json>(
  response: AdsResponse,
  seen: ReadonlySet<string>,
  refused: readonly Refused[],
  { fullState, held }: Judgement<Json>,
): readonly string[] {
  if (!fullState) return response.removed
  // A resource that cannot be read may be any of those that seem to be absent.
  if (refused.some(({ name }) => name === undefined)) return []
  const known = new Set([...held.names(), ...held.refusals.keys()])
  return [...known].filter((name) => !seen.has(name))
}

function sizeAfter<Json>(
  accepted: ReadonlyMap<string, Stored<Json>>,
  removed: readonly string[],
  held: HeldResources<Json>,
): number {
  const added = [...accepted.keys()].filter((name) => held.get(name) === undefined).length
  const gone = removed.filter((name) => held.get(name) !== undefined && !accepted.has(name)).length
  return held.size + added - gone
}

function faultOf(refused: readonly Refused[]): string | undefined {
  if (refused.length === 0) return undefined
  const text = refused
    .map(
      ({ name, reason }) =>
        `${name === undefined ? 'a resource' : JSON.stringify(name)}: ${reason}`,
    )
    .join('; ')
  return text.length > maxFault ? `${text.slice(0, maxFault)}…` : text
}
