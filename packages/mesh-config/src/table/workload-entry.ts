import { type Message, map, message, text, uint32 } from '../field.ts'
import type { WorkloadEntrySpec } from '../spec/workload-entry.ts'

/** The fields of {@link WorkloadEntrySpec}. */
export const workloadEntrySpec: Message<WorkloadEntrySpec> = message('WorkloadEntry', {
  address: text,
  ports: map(uint32),
  labels: map(text),
  network: text,
  locality: text,
  weight: uint32,
  serviceAccount: text,
})
