const prefix = 'type.googleapis.com/'

/** The type URL that an Any names a message by. */
export function typeUrlOf(typeName: string): string {
  return prefix + typeName
}

/** The full name of the message behind a type URL, whatever its prefix. */
export function typeNameFromUrl(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
}
