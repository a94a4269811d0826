import { camelCase } from './camel-case.ts'
import type { MessageValue } from './message-value.ts'
import {
  durationFromText,
  durationText,
  type Seconds,
  timestampFromText,
  timestampText,
} from './time-json.ts'

/** How a well-known type that is text in JSON is read and written; both answer undefined on a fault. */
export interface TextForm {
  /** What the text must look like, for messages. */
  readonly expected: string
  toText(message: MessageValue): string | undefined
  fromText(text: string): object | undefined
}

/** Well-known types whose JSON is a string. */
export const textForms: ReadonlyMap<string, TextForm> = new Map<string, TextForm>([
  [
    'google.protobuf.Duration',
    {
      expected: 'a duration such as "1.5s"',
      toText: (message) => durationText(message as Seconds),
      fromText: durationFromText,
    },
  ],
  [
    'google.protobuf.Timestamp',
    {
      expected: 'an RFC 3339 timestamp',
      toText: (message) => timestampText(message as Seconds),
      fromText: timestampFromText,
    },
  ],
  [
    'google.protobuf.FieldMask',
    {
      expected: 'comma-separated lowerCamelCase paths',
      toText: fieldMaskText,
      fromText: fieldMaskFromText,
    },
  ],
])

/** Well-known types that wrap one scalar, whose JSON is the scalar's. */
export const wrappers: ReadonlySet<string> = new Set(
  ['Bool', 'Bytes', 'Double', 'Float', 'Int32', 'Int64', 'String', 'UInt32', 'UInt64'].map(
    (name) => `google.protobuf.${name}Value`,
  ),
)

/** Types whose JSON inside an Any stands under `value`, because it has no fields of its own. */
export function hasOwnJsonForm(typeName: string): boolean {
  if (!typeName.startsWith('google.protobuf.')) return false
  return (
    textForms.has(typeName) ||
    wrappers.has(typeName) ||
    /^google\.protobuf\.(Any|Struct|Value|ListValue)$/.test(typeName)
  )
}

const snakePath = /^[a-z0-9_.]*$/

function fieldMaskText(message: MessageValue): string | undefined {
  const paths = (message['paths'] ?? []) as readonly string[]
  const reversible = paths.every((path) => snakePath.test(path) && !/_(?![a-z])/.test(path))
  return reversible ? paths.map(camelCase).join(',') : undefined
}

function fieldMaskFromText(text: string): object | undefined {
  if (text === '') return {}
  if (text.includes('_')) return undefined
  const paths = text.split(',')
  return { paths: paths.map((path) => path.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)) }
}
