/**
 * Expressions over a Deployment, each for a policy of its own: what the libraries of Kubernetes' CEL do, and what is easily
 * got wrong. Some hold for some of the Deployments, some end in an error for some.
 */
export const expressions: readonly string[] = [
  // Texts
  "object.metadata.name.size() > 4 && object.metadata.name.charAt(0) < 'd'",
  "object.metadata.name.replace('a', '') == object.metadata.name.substring(0, 4)",
  "object.metadata.name.split('').map(c, c.upperAscii()).join('-').contains('E')",
  "object.metadata.name.lastIndexOf('a') > object.metadata.name.indexOf('l')",
  "'%s has %d'.format([object.metadata.name, object.spec.replicas]).endsWith('5')",
  'object.metadata.name.trim() == object.metadata.name.lowerAscii()',
  "strings.quote(object.metadata.name).startsWith('\"e')",
  // Patterns
  "object.spec.template.spec.containers.all(c, c.image.matches('^[a-z.]+/[a-z]$'))",
  "object.metadata.name.find('[aeiou]+') == 'e'",
  "object.metadata.name.findAll('[aeiou]', 2).size() == 2",
  // Lists and maps
  'object.spec.template.spec.containers.map(c, c.name).isSorted()',
  'object.spec.template.spec.containers.map(c, c.name.size()).sum() < 40',
  'object.spec.template.spec.containers.map(c, c.image).distinct().size() == object.spec.template.spec.containers.size()',
  'object.spec.template.spec.containers.sortBy(c, c.image)[0].name == object.spec.template.spec.containers.first().value().name',
  "sets.contains(['registry-example-a', 'registry-example-b'], object.spec.template.spec.containers.map(c, c.name))",
  "sets.intersects(object.spec.template.spec.containers.map(c, c.name), ['x', 'docker-io-b'])",
  'object.spec.template.spec.containers.exists_one(c, has(c.resources))',
  'object.spec.template.spec.containers.all(i, c, i < 2)',
  "object.spec.template.spec.containers.transformList(i, c, c.name + string(i)).exists(n, n.endsWith('1'))",
  "object.metadata.labels.transformMap(k, v, v.size()).all(k, k == 'app' || k == 'policy')",
  "object.metadata.labels.transformMapEntry(k, v, {v: k})['alpha'] == 'app'",
  '[3, 1, 2].sort()[object.spec.replicas] < 3',
  'lists.range(object.spec.replicas).slice(1, 3) == [1, 2]',
  '[[dyn(1)], [object.spec.replicas]].flatten().exists(n, n > 4)',
  "'owner' in object.metadata.annotations",
  // Optionals
  "object.metadata.?annotations.?owner.hasValue() && object.metadata.annotations.owner != ''",
  "object.metadata[?'annotations'].optMap(a, a.size()).orValue(0) == 1",
  'object.spec.template.spec.containers[?2].?image.orValue("none").size() > 4',
  "[?object.metadata.?annotations.?owner, dyn('x')].size() == 2",
  // Numbers, durations and times
  'object.spec.replicas / (object.spec.replicas - 4) > 1',
  'double(object.spec.replicas) * 0.5 < 2.5 && object.spec.replicas % 2 == 1',
  'uint(object.spec.replicas) - 1u < 5u',
  "duration(string(object.spec.replicas) + 's') < duration('5s')",
  "timestamp('2026-01-0' + string(object.spec.replicas) + 'T00:00:00Z').getDayOfWeek() == 4",
  'object.spec.replicas < 4.5 && object.spec.replicas >= 1u',
  // Kubernetes' own
  "object.spec.template.spec.containers.all(c, quantity(c.resources.limits.memory).compareTo(quantity('64Mi')) >= 0)",
  "isQuantity(object.spec.template.spec.containers[0].resources.limits['memory']) && quantity('1.5Gi').isInteger()",
  "ip('10.0.0.' + string(object.spec.replicas)) == ip('10.0.0.5') || cidr('10.0.0.0/29').containsIP('10.0.0.' + string(object.spec.replicas))",
  "cidr('10.0.0.0/8').containsCIDR('10.' + string(object.spec.replicas) + '.0.0/16') && ip('::1').isLoopback()",
  "url('https://' + object.spec.template.spec.containers[0].image).getHost() == 'registry.example'",
  "isURL(object.spec.template.spec.containers[0].image) || url('/a?b=c').getQuery()['b'] == ['c']",
  "semver('1.' + string(object.spec.replicas) + '.0').isGreaterThan(semver('1.4.9'))",
  '!format.dns1123Label().validate(object.metadata.name + string(object.spec.replicas)).hasValue()',
  "format.named('uuid').hasValue() && format.uuid().validate(object.metadata.name).value().size() > 0",
  "authorizer.group('').resource('pods').namespace(object.metadata.namespace).check('create').allowed()",
  'authorizer.requestResource.check("create").reason() == ""',
  // Types, logic and errors
  "type(object.spec.replicas) == int && type(object.metadata) == map && type(object.metadata.name) != type('')",
  'object.spec.replicas > 4 || object.metadata.annotations.owner == "a"',
  'object.spec.nothing == 1 && object.spec.replicas < 0',
  'object.spec.replicas < 5 && dyn(object.spec.replicas) == "1"',
  "has(object.metadata.annotations) ? object.metadata.annotations.all(k, k != 'other') : false",
  'oldObject == null && request.namespace == object.metadata.namespace',
  "request.kind.kind == 'Deployment' && request.resource.version == 'v1' && has(request.dryRun)",
  "namespaceObject.metadata.name == 'default' && namespaceObject.status.phase == 'Active'",
]
