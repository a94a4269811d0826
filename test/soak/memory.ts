/** What a process holds after everything that could be collected was. */
export interface Memory {
  /** Objects, and the buffers outside of the heap. */
  readonly heapBytes: number
  /** Of the whole process, as the system counts. */
  readonly rssBytes: number
}

/** What the hook in each of the proxy's processes is asked. Every answer is its memory. */
export type Question =
  | { readonly kind: 'memory' }
  | { readonly kind: 'leak'; readonly bytes: number }

/** The variable of the environment that names the folder of the hooks' sockets. */
export const socketsVariable = 'SOAK_SOCKETS'
