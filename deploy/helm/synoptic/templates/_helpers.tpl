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

{{- define "synoptic.selectorLabels" -}}
app.kubernetes.io/name: {{ include "synoptic.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "synoptic.labels" -}}
{{ include "synoptic.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "synoptic.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "synoptic.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "synoptic.image" -}}
{{- with .Values.image.registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ default .Chart.AppVersion .Values.image.tag }}{{ end }}
{{- end }}

{{- define "synoptic.podSecurityContext" -}}
{{- if eq .Values.mode "every-pod" -}}
# Until Java starts, which is uid 65529, a user of its own.
runAsUser: 0
runAsGroup: 0
seccompProfile:
  {{- toYaml .Values.everyPod.seccompProfile | nindent 2 }}
{{- else -}}
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
seccompProfile:
  type: RuntimeDefault
{{- end }}
{{- end }}

{{- define "synoptic.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
  {{- if eq .Values.mode "every-pod" }}
  # The launcher's: two to load the BPF program, three to get rid of all five before it starts Java.
  add: [BPF, PERFMON, SETPCAP, SETUID, SETGID]
  {{- end }}
{{- end }}

{{- /* The agent's container, the same in all modes but for its privileges. */}}
{{- define "synoptic.container" -}}
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
  {{- if eq .Values.mode "every-pod" }}
  - --netns=all
  {{- end }}
  {{- if and (ne .Values.mode "sidecar") .Values.node.hostPaths.enabled }}
  - --path.sysfs=/host/sys
  - --path.logs=/host/log
  {{- end }}
  {{- with .Values.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: synoptic
    containerPort: {{ .Values.port }}
    protocol: TCP
livenessProbe:
  httpGet:
    path: /-/healthy
    port: synoptic
readinessProbe:
  httpGet:
    path: /-/ready
    port: synoptic
resources:
  {{- if eq .Values.mode "every-pod" }}
  {{- toYaml .Values.everyPod.resources | nindent 2 }}
  {{- else }}
  {{- toYaml .Values.resources | nindent 2 }}
  {{- end }}
securityContext:
  {{- include "synoptic.containerSecurityContext" . | nindent 2 }}
{{- if and (ne .Values.mode "sidecar") .Values.node.hostPaths.enabled }}
volumeMounts:
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
{{- end }}

{{- /* What of the node it is shown, for the names of units, containers, pods and namespaces. */}}
{{- define "synoptic.hostPaths" -}}
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

{{- /*
What is scraped becomes: job "synoptic", which the rules look for; on nodes a label with the node's
name, and the agent's own netns, namespace and pod, empty for the node itself (honorLabels); beside an
application the pod's namespace and name, and no target label "container", which is a label of the
agent's own.
*/}}
{{- define "synoptic.endpoint" -}}
port: synoptic
path: /metrics
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
{{- end }}
