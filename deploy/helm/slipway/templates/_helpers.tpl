{{- define "slipway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Leaves room for the longest suffix within 63 characters. */}}
{{- define "slipway.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "slipway.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "slipway.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Of a component: (dict "root" $ "component" "proxy"). Never changes, so that selectors may use it. */}}
{{- define "slipway.selectorLabels" -}}
app.kubernetes.io/name: {{ include "slipway.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "slipway.labels" -}}
{{ include "slipway.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: slipway
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "slipway.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "slipway.secretName" -}}
{{- .Values.secrets.existingSecret | default (printf "%s-secrets" (include "slipway.fullname" .)) -}}
{{- end -}}

{{- define "slipway.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ .Values.podSecurity.runAsUser }}
runAsGroup: {{ .Values.podSecurity.runAsGroup }}
fsGroup: {{ .Values.podSecurity.fsGroup }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "slipway.containerSecurityContext" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Whether the event log is an EventStoreDB or KurrentDB: it has a port of its own. */}}
{{- define "slipway.logIsEventStore" -}}
{{- if or (hasPrefix "esdb" .Values.eventLog.url) (hasPrefix "kurrentdb" .Values.eventLog.url) -}}true{{- end -}}
{{- end -}}

{{/* Where clients reach the proxies. */}}
{{- define "slipway.endpointUrl" -}}
{{- if .Values.endpointUrl -}}
{{ .Values.endpointUrl }}
{{- else if .Values.ingress.enabled -}}
https://{{ .Values.ingress.proxyHost }}
{{- else if .Values.httpRoute.enabled -}}
https://{{ .Values.httpRoute.proxyHost }}
{{- else -}}
http://{{ include "slipway.fullname" . }}-proxy.{{ .Release.Namespace }}.svc:8000
{{- end -}}
{{- end -}}
