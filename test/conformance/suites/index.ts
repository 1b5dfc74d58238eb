import type { Suite } from '../suite.ts'
import { suite as celSpec } from './cel-spec.ts'
import { suite as ciliumPolicies } from './cilium-policies.ts'
import { suite as cyclonus } from './cyclonus.ts'
import { suite as falcoEventGenerator } from './falco-event-generator.ts'
import { suite as falcoK8saudit } from './falco-k8saudit.ts'
import { suite as falcoRegression } from './falco-regression.ts'
import { suite as falcoRules } from './falco-rules.ts'
import { suite as istioSecurity } from './istio-security.ts'
import { suite as kubescapeCelAdmissionLibrary } from './kubescape-cel-admission-library.ts'
import { suite as kyvernoPolicies } from './kyverno-policies.ts'
import { suite as linkerdPolicy } from './linkerd-policy.ts'
import { suite as networkPolicyApi } from './network-policy-api.ts'
import { suite as npguardNetpolAnalyzer } from './npguard-netpol-analyzer.ts'
import { suite as npguardNetworkConfigAnalyzer } from './npguard-network-config-analyzer.ts'
import { suite as oracleAuditPolicy } from './oracle-audit-policy.ts'
import { suite as oracleCel } from './oracle-cel.ts'
import { suite as oracleFalcoK8saudit } from './oracle-falco-k8saudit.ts'
import { suite as oracleMap } from './oracle-map.ts'
import { suite as oracleNetworkPolicy } from './oracle-network-policy.ts'
import { suite as oraclePodSecurity } from './oracle-pod-security.ts'
import { suite as oracleRbac } from './oracle-rbac.ts'
import { suite as oracleRequestInfo } from './oracle-request-info.ts'
import { suite as oracleVap } from './oracle-vap.ts'
import { suite as pantherKubernetes } from './panther-kubernetes.ts'
import { suite as podSecurity } from './pod-security.ts'
import { suite as pysigmaFiles } from './pysigma-files.ts'
import { suite as sigmaKubernetes } from './sigma-kubernetes.ts'
import { suite as sigmaSpecification } from './sigma-specification.ts'
import { suite as splunkSecurityContent } from './splunk-security-content.ts'
import { suite as stratusRedTeam } from './stratus-red-team.ts'
import { suite as tetragonEvents } from './tetragon-events.ts'
import { suite as threatMatrixKubernetes } from './threat-matrix-kubernetes.ts'

/** Every suite, by name. A suite file beside this one that is not listed here fails `registered.test.ts`. */
export const suites: readonly Suite[] = [
  celSpec,
  ciliumPolicies,
  cyclonus,
  falcoEventGenerator,
  falcoK8saudit,
  falcoRegression,
  falcoRules,
  istioSecurity,
  kubescapeCelAdmissionLibrary,
  kyvernoPolicies,
  linkerdPolicy,
  networkPolicyApi,
  npguardNetpolAnalyzer,
  npguardNetworkConfigAnalyzer,
  oracleAuditPolicy,
  oracleCel,
  oracleFalcoK8saudit,
  oracleMap,
  oracleNetworkPolicy,
  oraclePodSecurity,
  oracleRbac,
  oracleRequestInfo,
  oracleVap,
  pantherKubernetes,
  podSecurity,
  pysigmaFiles,
  sigmaKubernetes,
  sigmaSpecification,
  splunkSecurityContent,
  stratusRedTeam,
  tetragonEvents,
  threatMatrixKubernetes,
]
