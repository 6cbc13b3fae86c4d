// How alerts name what they are about.
function(cluster) {
  local labels = 'host=%q,address=%q,port=%q,' + cluster + '=%q',
  local values = '.Labels.host .Labels.address .Labels.port .Labels.' + cluster,

  // A pod, or something else where there is none.
  pod(other): '{{ with $labels.pod }}{{ $labels.namespace }}/{{ . }}{{ else }}%s{{ end }}' % other,

  // The unit or process that has a listener of the host's own network namespace.
  local program =
    '{{ with $labels.netns }}network namespace {{ . }}{{ else }}' +
    '{{ range printf "host:synoptic_tcp_listener_info:max{' + labels + '}" ' + values + ' | query }}' +
    '{{ or .Labels.unit .Labels.process "the program" }}{{ else }}the program{{ end }}{{ end }}',

  // checkout/api-7d4 (0.0.0.0:8443 on node-1), or nginx.service instead of the pod.
  listener:
    self.pod(program) +
    ' ({{ with $labels.port }}{{ if match ":" $labels.address }}[{{ $labels.address }}]{{ else }}{{ $labels.address }}{{ end }}:{{ . }} on {{ end }}{{ $labels.host }})',

  // A pod, a unit, or the program.
  owner: self.pod('{{ with $labels.unit }}{{ . }}{{ else }}A program{{ end }}'),

  // A pod or a network namespace on a host, or the host.
  place:
    '{{ with $labels.pod }}{{ $labels.namespace }}/{{ . }} on {{ else }}{{ with $labels.netns }}network namespace {{ . }} on {{ end }}{{ end }}{{ $labels.host }}',
}
