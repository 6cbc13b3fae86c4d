{{- define "synoptic.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "synoptic.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "synoptic.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "synoptic.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "synoptic.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "synoptic.selectorLabels" -}}
app.kubernetes.io/name: {{ include "synoptic.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "synoptic.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "synoptic.labels" -}}
{{ include "synoptic.selectorLabels" . }}
{{ include "synoptic.commonLabels" . }}
{{- end }}

{{- /* Of what helm test starts: nothing that selects the agent selects it. */}}
{{- define "synoptic.testLabels" -}}
app.kubernetes.io/name: {{ include "synoptic.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{ include "synoptic.commonLabels" . }}
{{- end }}

{{- define "synoptic.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "synoptic.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "synoptic.image" -}}
{{- with default .Values.image.registry .Values.global.imageRegistry }}{{ . }}/{{ end }}{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ default .Chart.AppVersion .Values.image.tag }}{{ end }}
{{- end }}

{{- /* Has a registry of its own what has a dot or a port before its first slash. */}}
{{- define "synoptic.applicationImage" -}}
{{- $image := .Values.sidecar.application.image }}
{{- if and .Values.global.imageRegistry (not (regexMatch "^([^/]*[.:][^/]*|localhost)/" $image)) }}
{{- .Values.global.imageRegistry }}/{{ end }}{{ $image }}
{{- end }}

{{- define "synoptic.pullSecrets" -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets | uniq }}
- name: {{ if kindIs "string" . }}{{ . }}{{ else }}{{ .name }}{{ end }}
{{- end }}
{{- end }}

{{- /* An ordinary user with nothing, under the profile "restricted". */}}
{{- define "synoptic.restricted" -}}
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "synoptic.everyPodSecurityContext" -}}
# Until Java starts, which is uid 65529, a user of its own.
runAsUser: 0
runAsGroup: 0
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  # The launcher's: two to load the BPF program, three to get rid of all five before it starts Java.
  add: [BPF, PERFMON, SETPCAP, SETUID, SETGID]
seccompProfile:
  {{- toYaml .Values.everyPod.seccompProfile | nindent 2 }}
{{- end }}

{{- define "synoptic.securityContext" -}}
{{- $own := include (ternary "synoptic.everyPodSecurityContext" "synoptic.restricted" (eq .Values.mode "every-pod")) . }}
{{- if .Values.securityContext }}
{{- toYaml (mergeOverwrite (fromYaml $own) .Values.securityContext) }}
{{- else }}
{{- $own }}
{{- end }}
{{- end }}

{{- /* A probe of the agent: of the address for probes where the other may ask for a password. */}}
{{- define "synoptic.probe" -}}
httpGet:
  path: {{ .path }}
  {{- if .root.Values.webConfig.existingSecret }}
  port: probes
  {{- if ne .root.Values.mode "sidecar" }}
  # The kubelet is in the same network.
  host: 127.0.0.1
  {{- end }}
  {{- else }}
  port: synoptic
  {{- end }}
{{- with .probe }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The agent's container, the same in all modes but for its privileges. */}}
{{- define "synoptic.container" -}}
{{- $onNodes := ne .Values.mode "sidecar" }}
{{- $secret := .Values.webConfig.existingSecret }}
{{- $headers := and .Values.otlp.url .Values.otlp.headersSecret }}
{{- if and .Values.otlp.headersSecret (not .Values.otlp.url) }}
{{- fail "otlp.headersSecret is sent with what is pushed: write otlp.url" }}
{{- end }}
{{- if and $secret (eq (int .Values.port) (int .Values.probePort)) }}
{{- fail (printf "probePort and port are both %d: write two" (int .Values.port)) }}
{{- end }}
name: synoptic
image: {{ include "synoptic.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- if eq .Values.mode "every-pod" }}
# The image's own, with options of the launcher.
command:
  - /usr/lib/synoptic/synoptic-launcher
  - --bpf
  {{- if not (has "--no-collector.handshakes" .Values.extraArgs) }}
  - --handshakes
  {{- end }}
  - --user=65529
  - /usr/lib/synoptic/jre/bin/java
  - "@/usr/lib/synoptic/java.options"
  - "@/usr/lib/synoptic/image.options"
{{- end }}
args:
  - --web.listen-address=:{{ .Values.port }}
  {{- if $secret }}
  - --web.config.file=/etc/synoptic/web/{{ .Values.webConfig.key }}
  - --web.probe-address={{ if $onNodes }}127.0.0.1{{ end }}:{{ .Values.probePort }}
  {{- end }}
  {{- if eq .Values.mode "every-pod" }}
  - --netns=all
  {{- if ne .Values.everyPod.detail "all" }}
  - --netns.detail={{ .Values.everyPod.detail }}
  {{- end }}
  {{- end }}
  {{- with .Values.otlp }}
  {{- if .url }}
  - --otlp.url={{ .url }}
  {{- with .interval }}
  - --otlp.interval={{ . }}
  {{- end }}
  {{- if $headers }}
  - --otlp.headers.file=/etc/synoptic/otlp/headers
  {{- end }}
  {{- end }}
  {{- end }}
  {{- if and $onNodes .Values.node.hostPaths.enabled }}
  - --path.sysfs=/host/sys
  - --path.logs=/host/log
  {{- end }}
  {{- with .Values.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: synoptic
    containerPort: {{ .Values.port }}
    protocol: TCP
  {{- if $secret }}
  - name: probes
    containerPort: {{ .Values.probePort }}
    protocol: TCP
  {{- end }}
startupProbe:
  {{- include "synoptic.probe" (dict "root" . "path" "/-/healthy" "probe" .Values.startupProbe) | nindent 2 }}
livenessProbe:
  {{- include "synoptic.probe" (dict "root" . "path" "/-/healthy" "probe" .Values.livenessProbe) | nindent 2 }}
readinessProbe:
  {{- include "synoptic.probe" (dict "root" . "path" "/-/ready" "probe" .Values.readinessProbe) | nindent 2 }}
resources:
  {{- if eq .Values.mode "every-pod" }}
  {{- toYaml .Values.everyPod.resources | nindent 2 }}
  {{- else }}
  {{- toYaml .Values.resources | nindent 2 }}
  {{- end }}
securityContext:
  {{- include "synoptic.securityContext" . | nindent 2 }}
{{- if or $secret $headers .Values.extraVolumeMounts (and $onNodes .Values.node.hostPaths.enabled) }}
volumeMounts:
  {{- if $secret }}
  - name: web-config
    mountPath: /etc/synoptic/web
    readOnly: true
  {{- end }}
  {{- if $headers }}
  - name: otlp-headers
    mountPath: /etc/synoptic/otlp
    readOnly: true
  {{- end }}
  {{- if and $onNodes .Values.node.hostPaths.enabled }}
  - name: cgroups
    mountPath: /host/sys/fs/cgroup
    readOnly: true
  - name: container-logs
    mountPath: /host/log/containers
    readOnly: true
  {{- if eq .Values.mode "every-pod" }}
  - name: pod-logs
    mountPath: /host/log/pods
    readOnly: true
  # Each name is a mount, and most will come after the agent's start.
  - name: netns
    mountPath: /run/netns
    readOnly: true
    mountPropagation: HostToContainer
  {{- end }}
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* What of the node it is shown, for the names of units, containers, pods and namespaces; and Secrets. */}}
{{- define "synoptic.volumes" -}}
{{- with .Values.webConfig.existingSecret }}
- name: web-config
  secret:
    secretName: {{ . }}
{{- end }}
{{- with .Values.otlp.headersSecret }}
- name: otlp-headers
  secret:
    secretName: {{ . }}
{{- end }}
{{- if eq .Values.mode "sidecar" }}
- name: tmp
  emptyDir: {}
{{- else if .Values.node.hostPaths.enabled }}
- name: cgroups
  hostPath:
    path: /sys/fs/cgroup
- name: container-logs
  hostPath:
    path: /var/log/containers
{{- if eq .Values.mode "every-pod" }}
- name: pod-logs
  hostPath:
    path: /var/log/pods
- name: netns
  hostPath:
    path: /run/netns
    type: DirectoryOrCreate
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* What a pod has in every mode. */}}
{{- define "synoptic.pod" -}}
serviceAccountName: {{ include "synoptic.serviceAccountName" . }}
automountServiceAccountToken: false
restartPolicy: Always
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with include "synoptic.pullSecrets" . | trim }}
imagePullSecrets:
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.initContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "synoptic.volumes" . | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- /*
What is scraped becomes: job "synoptic", which the rules look for; on nodes a label with the node's
name, and the agent's own netns, namespace and pod, empty for the node itself (honorLabels); beside an
application the pod's namespace and name, and no target label "container", which is a label of the
agent's own. deploy/kubernetes/prometheus.yml says the same to a Prometheus without the operator.
*/}}
{{- define "synoptic.endpoint" -}}
port: synoptic
path: /metrics
{{- if ne .monitor.scheme "http" }}
scheme: {{ .monitor.scheme }}
{{- end }}
{{- with .monitor.tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.basicAuth }}
basicAuth:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.interval }}
interval: {{ . }}
{{- end }}
{{- with .monitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
honorLabels: {{ ne .root.Values.mode "sidecar" }}
relabelings:
  - targetLabel: job
    replacement: synoptic
  {{- if ne .root.Values.mode "sidecar" }}
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: node
  {{- else }}
  - regex: container
    action: labeldrop
  {{- end }}
  {{- with .monitor.relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
