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
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "synoptic.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* The agent's container, alike in both modes but for what it is told and shown. */}}
{{- define "synoptic.container" -}}
name: synoptic
image: {{ include "synoptic.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - --web.listen-address=:{{ .Values.port }}
  {{- if and (eq .Values.mode "node") .Values.node.hostPaths.enabled }}
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
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- include "synoptic.containerSecurityContext" . | nindent 2 }}
{{- if and (eq .Values.mode "node") .Values.node.hostPaths.enabled }}
volumeMounts:
  - name: cgroups
    mountPath: /host/sys/fs/cgroup
    readOnly: true
  - name: container-logs
    mountPath: /host/log/containers
    readOnly: true
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
honorLabels: {{ eq .root.Values.mode "node" }}
relabelings:
  - targetLabel: job
    replacement: synoptic
  {{- if eq .root.Values.mode "node" }}
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: node
  {{- else }}
  - regex: container
    action: labeldrop
  {{- end }}
{{- end }}
