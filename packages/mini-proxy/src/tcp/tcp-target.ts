/** `envoy.config.core.v3.Metadata` in proto3 JSON. */
interface MetadataJson {
  readonly filterMetadata?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The fields of a TCP proxy that say where connections go. */
export interface TcpTargetsJson {
  readonly cluster?: string
  readonly weightedClusters?: {
    readonly clusters?: readonly {
      readonly name?: string
      readonly weight?: number
      readonly metadataMatch?: MetadataJson
    }[]
  }
  readonly metadataMatch?: MetadataJson
}

/** Where one connection goes. */
export interface TcpTarget {
  readonly name: string
  /** What the host must have; undefined: whatever. */
  readonly metadataMatch: Readonly<Record<string, unknown>> | undefined
}

/** Chooses for each connection: the one cluster, or one by its weight. What a weight says of metadata is added to what all say. */
export function targetChooser(config: TcpTargetsJson, random: () => number): () => TcpTarget {
  const { cluster } = config
  const shared = labelsOf(config.metadataMatch)
  if (cluster !== undefined) {
    const only = { name: cluster, metadataMatch: shared }
    return () => only
  }
  const weighted = (config.weightedClusters?.clusters ?? []).map((it) => {
    const own = labelsOf(it.metadataMatch)
    const metadataMatch = own === undefined ? shared : { ...shared, ...own }
    return { weight: it.weight ?? 0, target: { name: it.name ?? '', metadataMatch } }
  })
  const total = weighted.reduce((sum, it) => sum + it.weight, 0)
  return () => {
    let left = random() * total
    for (const { target, weight } of weighted) {
      left -= weight
      if (left < 0) return target
    }
    return weighted.at(-1)?.target ?? none
  }
}

const none: TcpTarget = { name: '', metadataMatch: undefined }

function labelsOf(metadata: MetadataJson | undefined): TcpTarget['metadataMatch'] {
  return metadata?.filterMetadata?.['envoy.lb']
}
