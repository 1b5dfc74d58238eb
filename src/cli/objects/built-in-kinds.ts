/** A kind of object that an API server offers; `shortNames` are those that kubectl knows. */
export interface KnownKind {
  readonly group: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
}

type Row = readonly [group: string, resource: string, kind: string, scope: 'Namespaced' | 'Cluster', ...short: string[]]

const rows: readonly Row[] = [
  ['', 'bindings', 'Binding', 'Namespaced'],
  ['', 'componentstatuses', 'ComponentStatus', 'Cluster', 'cs'],
  ['', 'configmaps', 'ConfigMap', 'Namespaced', 'cm'],
  ['', 'endpoints', 'Endpoints', 'Namespaced', 'ep'],
  ['', 'events', 'Event', 'Namespaced', 'ev'],
  ['', 'limitranges', 'LimitRange', 'Namespaced', 'limits'],
  ['', 'namespaces', 'Namespace', 'Cluster', 'ns'],
  ['', 'nodes', 'Node', 'Cluster', 'no'],
  ['', 'persistentvolumeclaims', 'PersistentVolumeClaim', 'Namespaced', 'pvc'],
  ['', 'persistentvolumes', 'PersistentVolume', 'Cluster', 'pv'],
  ['', 'pods', 'Pod', 'Namespaced', 'po'],
  ['', 'podtemplates', 'PodTemplate', 'Namespaced'],
  ['', 'replicationcontrollers', 'ReplicationController', 'Namespaced', 'rc'],
  ['', 'resourcequotas', 'ResourceQuota', 'Namespaced', 'quota'],
  ['', 'secrets', 'Secret', 'Namespaced'],
  ['', 'serviceaccounts', 'ServiceAccount', 'Namespaced', 'sa'],
  ['', 'services', 'Service', 'Namespaced', 'svc'],
  ['apiregistration.k8s.io', 'apiservices', 'APIService', 'Cluster'],
  ['apps', 'controllerrevisions', 'ControllerRevision', 'Namespaced'],
  ['apps', 'daemonsets', 'DaemonSet', 'Namespaced', 'ds'],
  ['apps', 'deployments', 'Deployment', 'Namespaced', 'deploy'],
  ['apps', 'replicasets', 'ReplicaSet', 'Namespaced', 'rs'],
  ['apps', 'statefulsets', 'StatefulSet', 'Namespaced', 'sts'],
  ['events.k8s.io', 'events', 'Event', 'Namespaced', 'ev'],
  ['authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview', 'Cluster'],
  ['authentication.k8s.io', 'tokenreviews', 'TokenReview', 'Cluster'],
  ['authorization.k8s.io', 'localsubjectaccessreviews', 'LocalSubjectAccessReview', 'Namespaced'],
  ['authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', 'Cluster'],
  ['authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', 'Cluster'],
  ['authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview', 'Cluster'],
  ['autoscaling', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'Namespaced', 'hpa'],
  ['batch', 'cronjobs', 'CronJob', 'Namespaced', 'cj'],
  ['batch', 'jobs', 'Job', 'Namespaced'],
  ['certificates.k8s.io', 'certificatesigningrequests', 'CertificateSigningRequest', 'Cluster', 'csr'],
  ['certificates.k8s.io', 'clustertrustbundles', 'ClusterTrustBundle', 'Cluster'],
  ['certificates.k8s.io', 'podcertificaterequests', 'PodCertificateRequest', 'Namespaced'],
  ['networking.k8s.io', 'ingressclasses', 'IngressClass', 'Cluster'],
  ['networking.k8s.io', 'ingresses', 'Ingress', 'Namespaced', 'ing'],
  ['networking.k8s.io', 'ipaddresses', 'IPAddress', 'Cluster', 'ip'],
  ['networking.k8s.io', 'networkpolicies', 'NetworkPolicy', 'Namespaced', 'netpol'],
  ['networking.k8s.io', 'servicecidrs', 'ServiceCIDR', 'Cluster'],
  ['policy', 'poddisruptionbudgets', 'PodDisruptionBudget', 'Namespaced', 'pdb'],
  ['rbac.authorization.k8s.io', 'clusterrolebindings', 'ClusterRoleBinding', 'Cluster'],
  ['rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', 'Cluster'],
  ['rbac.authorization.k8s.io', 'rolebindings', 'RoleBinding', 'Namespaced'],
  ['rbac.authorization.k8s.io', 'roles', 'Role', 'Namespaced'],
  ['storage.k8s.io', 'csidrivers', 'CSIDriver', 'Cluster'],
  ['storage.k8s.io', 'csinodes', 'CSINode', 'Cluster'],
  ['storage.k8s.io', 'csistoragecapacities', 'CSIStorageCapacity', 'Namespaced'],
  ['storage.k8s.io', 'storageclasses', 'StorageClass', 'Cluster', 'sc'],
  ['storage.k8s.io', 'volumeattachments', 'VolumeAttachment', 'Cluster'],
  ['storage.k8s.io', 'volumeattributesclasses', 'VolumeAttributesClass', 'Cluster', 'vac'],
  ['admissionregistration.k8s.io', 'mutatingadmissionpolicies', 'MutatingAdmissionPolicy', 'Cluster'],
  ['admissionregistration.k8s.io', 'mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', 'Cluster'],
  ['admissionregistration.k8s.io', 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', 'Cluster'],
  ['admissionregistration.k8s.io', 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'Cluster'],
  ['admissionregistration.k8s.io', 'validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', 'Cluster'],
  ['admissionregistration.k8s.io', 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', 'Cluster'],
  ['apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition', 'Cluster', 'crd', 'crds'],
  ['scheduling.k8s.io', 'priorityclasses', 'PriorityClass', 'Cluster', 'pc'],
  ['coordination.k8s.io', 'leases', 'Lease', 'Namespaced'],
  ['node.k8s.io', 'runtimeclasses', 'RuntimeClass', 'Cluster'],
  ['discovery.k8s.io', 'endpointslices', 'EndpointSlice', 'Namespaced'],
  ['resource.k8s.io', 'deviceclasses', 'DeviceClass', 'Cluster'],
  ['resource.k8s.io', 'devicetaintrules', 'DeviceTaintRule', 'Cluster'],
  ['resource.k8s.io', 'resourceclaims', 'ResourceClaim', 'Namespaced'],
  ['resource.k8s.io', 'resourceclaimtemplates', 'ResourceClaimTemplate', 'Namespaced'],
  ['resource.k8s.io', 'resourceslices', 'ResourceSlice', 'Cluster'],
  ['flowcontrol.apiserver.k8s.io', 'flowschemas', 'FlowSchema', 'Cluster'],
  ['flowcontrol.apiserver.k8s.io', 'prioritylevelconfigurations', 'PriorityLevelConfiguration', 'Cluster'],
  ['storagemigration.k8s.io', 'storageversionmigrations', 'StorageVersionMigration', 'Cluster'],
]

/**
 * What every API server of Kubernetes 1.37 offers, for manifests, which come without a server to ask. A test asks a real
 * one whether it still holds.
 */
export const builtInKinds: readonly KnownKind[] = rows.map(([group, resource, kind, scope, ...shortNames]) => ({
  group,
  resource,
  kind,
  namespaced: scope === 'Namespaced',
  shortNames,
}))
