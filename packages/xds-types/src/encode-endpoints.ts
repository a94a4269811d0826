import { encodeMessage } from './encode-message.ts'
import {
  close,
  encoded,
  number,
  type Place,
  text,
  turnCold,
  wholeNumber,
  wrapped,
  written,
} from './hot-writer.ts'
import { messageFromJson } from './message-from-json.ts'
import { messageNamed } from './registry.ts'

// The tag of a field is its number shifted by three and its wire type: 2 with a length, 0 a varint.

const healthStatuses: ReadonlyMap<unknown, number> = new Map([
  ['UNKNOWN', 0],
  ['HEALTHY', 1],
  ['UNHEALTHY', 2],
  ['DRAINING', 3],
  ['TIMEOUT', 4],
  ['DEGRADED', 5],
])

type Fields<Name extends string> = { readonly [name in Name]?: unknown }

/**
 * The bytes of a ClusterLoadAssignment's JSON, the same that the general encoder writes, several
 * times faster: endpoints change all the time and come by the thousand. It knows the fields that
 * endpoint discovery is made of, and answers undefined if there is any other field, name or form in
 * the JSON; then the general encoder has to see to it, and to its faults.
 */
export function encodeEndpoints(json: unknown): Uint8Array | undefined {
  return written((end) => {
    const { clusterName, endpoints } = object<'clusterName' | 'endpoints'>(json)
    expectKeys(json, given(clusterName) + given(endpoints))
    const localities = list(endpoints)
    let at = end
    for (let i = localities.length - 1; i >= 0; i--) at = writeLocality(at, localities[i])
    return text(at, 0x0a, clusterName)
  })
}

function writeLocality(end: Place, json: unknown): Place {
  const fields = object<'loadBalancingWeight' | 'lbEndpoints' | 'locality' | 'priority'>(json)
  const { loadBalancingWeight, lbEndpoints, locality, priority } = fields
  const keys = given(loadBalancingWeight) + given(lbEndpoints) + given(locality) + given(priority)
  expectKeys(json, keys)
  let at = wrapped(unlessZero(end, 0x28, priority), 0x1a, loadBalancingWeight)
  const hosts = list(lbEndpoints)
  for (let i = hosts.length - 1; i >= 0; i--) at = writeLbEndpoint(at, hosts[i])
  if (locality !== undefined) at = writeRegion(at, locality)
  return close(at, 0x12, end)
}

function writeRegion(end: Place, json: unknown): Place {
  const { region, subZone, zone } = object<'region' | 'subZone' | 'zone'>(json)
  expectKeys(json, given(region) + given(subZone) + given(zone))
  const at = text(text(text(end, 0x1a, subZone), 0x12, zone), 0x0a, region)
  return close(at, 0x0a, end)
}

function writeLbEndpoint(end: Place, json: unknown): Place {
  const fields = object<'endpoint' | 'healthStatus' | 'loadBalancingWeight' | 'metadata'>(json)
  const { endpoint, healthStatus, loadBalancingWeight, metadata } = fields
  const keys = given(endpoint) + given(healthStatus) + given(loadBalancingWeight) + given(metadata)
  expectKeys(json, keys)
  let at = wrapped(end, 0x22, loadBalancingWeight)
  if (metadata !== undefined) at = encoded(at, 0x1a, encodedMetadata(metadata))
  if (healthStatus !== undefined) at = writeHealth(at, healthStatus)
  if (endpoint !== undefined) at = writeEndpoint(at, endpoint)
  return close(at, 0x12, end)
}

function writeEndpoint(end: Place, json: unknown): Place {
  const { address, hostname } = object<'address' | 'hostname'>(json)
  const { socketAddress } = object<'socketAddress'>(address)
  const { address: ip, portValue } = object<'address' | 'portValue'>(socketAddress)
  // Everything is there but, perhaps, the hostname; a socket without a port number is rare.
  let extra = -1 - given(address) - given(hostname) - given(ip) - given(portValue)
  for (const _ in json as object) extra += 1
  for (const _ in address as object) extra += 1
  for (const _ in socketAddress as object) extra += 1
  if (extra !== 0) turnCold()
  const tail = text(end, 0x1a, hostname)
  const at = number(tail, 0x18, wholeNumber(portValue))
  return close(close(close(text(at, 0x12, ip), 0x0a, tail), 0x0a, tail), 0x0a, end)
}

function writeHealth(at: Place, status: unknown): Place {
  // Nearly all are healthy, and a look-up by name costs a good part of an endpoint.
  const code = status === 'HEALTHY' ? 1 : healthStatuses.get(status)
  if (code === undefined) turnCold()
  return code === undefined || code === 0 ? at : number(at, 0x10, code)
}

function unlessZero(at: Place, tag: number, value: unknown): Place {
  if (value === undefined) return at
  const whole = wholeNumber(value)
  return whole === 0 ? at : number(at, tag, whole)
}

/** Metadata is free-form, so the general encoder writes it; a fault is found with its path later. */
function encodedMetadata(json: unknown): Uint8Array {
  const type = messageNamed('envoy.config.core.v3.Metadata')
  try {
    return encodeMessage(type, messageFromJson(type, json))
  } catch {
    turnCold()
    return new Uint8Array()
  }
}

/** Turns cold if an object has more keys than were read from it. */
function expectKeys(json: unknown, count: number): void {
  let extra = -count
  for (const _ in json as object) extra += 1
  if (extra !== 0) turnCold()
}

function given(value: unknown): number {
  return value === undefined ? 0 : 1
}

function object<Name extends string>(json: unknown): Fields<Name> {
  if (typeof json === 'object' && json !== null) return json as Fields<Name>
  turnCold()
  return {}
}

function list(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json
  if (json !== undefined) turnCold()
  return []
}
