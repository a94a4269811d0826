/** One pair of a descriptor. */
export interface DescriptorEntry {
  readonly key: string
  readonly value: string
}

/** What a request is known by to a limit; `rateLimitDescriptors` of `@meshwright/route-matcher` makes them. */
export interface RequestDescriptor {
  readonly entries: readonly DescriptorEntry[]
  /** How often the request counts; 0 is refused, as by Envoy. Default: once. */
  readonly hitsAddend?: number | undefined
}

/** A text that descriptors of the same entries in the same order share, and no others. */
export function descriptorKey(entries: readonly DescriptorEntry[]): string {
  let text = ''
  for (const { key, value } of entries) text += `${key.length}:${key}${value.length}:${value}`
  return text
}
