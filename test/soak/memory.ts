/** What a process holds after everything that could be collected was. */
export interface Memory {
  /** Objects, and the buffers outside of the heap. */
  readonly heapBytes: number
  /** Of the whole process, as the system counts. */
  readonly rssBytes: number
}

/** What the hook in the proxy's process is asked. */
export type Question =
  | { readonly kind: 'memory' }
  | { readonly kind: 'leak'; readonly bytes: number }
