/** Istio's `istio.type.v1beta1.WorkloadSelector`: picks workloads by all of these labels. */
export interface MatchLabelsSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
}
