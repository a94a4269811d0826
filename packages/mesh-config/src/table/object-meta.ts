import {
  type Field,
  list,
  type Message,
  mapOf,
  message,
  required,
  struct,
  text,
  textOf,
} from '../field.ts'

/** What of Kubernetes' `ObjectMeta` a mesh reads. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly creationTimestamp?: string
}

const maxName = 253

const qualifiedName =
  /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

/** The key of a label or an annotation. */
const labelKey: Field<string> = textOf('a label name, as app or example.org/app', (key) =>
  qualifiedName.test(key),
)

/** The value of a label. */
const labelValue: Field<string> = textOf(
  'a label value: up to 63 letters, digits, -, _ and ., none of the last three at an end',
  (value) => /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value),
)

/** Labels by name. */
export const labels: Field<Readonly<Record<string, string>>> = mapOf(labelKey, labelValue)

const namespaceName = textOf('the name of a namespace: lower-case letters, digits and -', (value) =>
  /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(value),
)

/** The fields of {@link ObjectMeta}; the rest of Kubernetes' is its own bookkeeping. */
export const objectMeta: Message<ObjectMeta> = message(
  'ObjectMeta',
  {
    name: required(
      textOf(
        'a resource name: lower-case letters, digits, - and .',
        (value) => value.length <= maxName && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(value),
      ),
    ),
    namespace: namespaceName,
    labels,
    annotations: mapOf(labelKey, text),
    creationTimestamp: text,
  },
  {
    ignored: {
      clusterName: text,
      deletionGracePeriodSeconds: {
        shape: { kind: 'scalar', expects: 'a number', type: 'number' },
      },
      deletionTimestamp: text,
      finalizers: list(text),
      generateName: text,
      generation: { shape: { kind: 'scalar', expects: 'a number', type: 'number' } },
      managedFields: list(struct),
      ownerReferences: list(struct),
      resourceVersion: text,
      selfLink: text,
      uid: text,
    },
  },
)
