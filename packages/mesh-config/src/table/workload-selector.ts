import { type Message, map, message, text } from '../field.ts'
import type { MatchLabelsSelector } from '../spec/workload-selector.ts'

/** The fields of {@link MatchLabelsSelector}. */
export const matchLabelsSelector: Message<MatchLabelsSelector> = message('WorkloadSelector', {
  matchLabels: map(text),
})
