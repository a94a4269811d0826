import { descriptors } from '../gen/descriptors.js'
import {
  type CompactMessage,
  type EnumDescriptor,
  enumFromCompact,
  type MessageDescriptor,
  messageFromCompact,
} from './descriptor.ts'

type Compact = CompactMessage | Readonly<Record<string, number>>

/** A chunk holds a hundred messages of which few are used; those are kept below, the chunk as long as memory allows. */
const parsed = new Map<string, WeakRef<Readonly<Record<string, Compact>>>>()
const messages = new Map<string, MessageDescriptor>()
const enums = new Map<string, EnumDescriptor>()

/** The message of that full name, or nothing if the API has none. Its chunk is parsed when one of it is first used. */
export function findMessage(typeName: string): MessageDescriptor | undefined {
  const known = messages.get(typeName)
  if (known !== undefined) return known
  const compact = findCompact(typeName)
  if (compact === undefined || !isMessage(compact)) return undefined
  const descriptor = messageFromCompact(typeName, compact)
  messages.set(typeName, descriptor)
  return descriptor
}

/** The message of that full name, which a descriptor refers to and which therefore exists. */
export function messageNamed(typeName: string | undefined): MessageDescriptor {
  const descriptor = typeName === undefined ? undefined : findMessage(typeName)
  if (descriptor === undefined) throw new TypeError(`no message is called ${typeName}`)
  return descriptor
}

/** The enum of that full name, which a descriptor refers to and which therefore exists. */
export function enumNamed(typeName: string | undefined): EnumDescriptor {
  const known = enums.get(typeName ?? '')
  if (known !== undefined) return known
  const compact = typeName === undefined ? undefined : findCompact(typeName)
  if (typeName === undefined || compact === undefined || isMessage(compact)) {
    throw new TypeError(`no enum is called ${typeName}`)
  }
  const descriptor = enumFromCompact(typeName, compact)
  enums.set(typeName, descriptor)
  return descriptor
}

function isMessage(compact: Compact): compact is CompactMessage {
  return Array.isArray(compact)
}

/** Looks in the core, then in the chunk named like the type's package. */
function findCompact(typeName: string): Compact | undefined {
  const core = chunk('core')
  if (core !== undefined && Object.hasOwn(core, typeName)) return core[typeName]
  for (let end = typeName.lastIndexOf('.'); end > 0; end = typeName.lastIndexOf('.', end - 1)) {
    const own = chunk(typeName.slice(0, end))
    if (own !== undefined) return Object.hasOwn(own, typeName) ? own[typeName] : undefined
  }
  return undefined
}

function chunk(name: string): Readonly<Record<string, Compact>> | undefined {
  const known = parsed.get(name)?.deref()
  if (known !== undefined) return known
  const text = Object.hasOwn(descriptors, name) ? descriptors[name] : undefined
  if (text === undefined) return undefined
  const members: Readonly<Record<string, Compact>> = JSON.parse(text)
  parsed.set(name, new WeakRef(members))
  return members
}
