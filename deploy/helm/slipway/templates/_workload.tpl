{{/*
Deployment, ServiceAccount and PodDisruptionBudget of one service, for
(dict "root" $ "component" "proxy" "ports" (dict "http" 8000) "secretKeys" (list …) "env" (list …) "models" true "data" "10Gi" "graceSeconds" 60
"lingerSeconds" 5 "autoscaled" false). Every secret key is a file, named to the service by SLIPWAY_<KEY>_FILE.
*/}}
{{- define "slipway.workload" -}}
{{- $root := .root -}}
{{- $values := index $root.Values .component -}}
{{- $name := printf "%s-%s" (include "slipway.fullname" $root) .component -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name }}
  labels:
    {{- include "slipway.labels" . | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "slipway.labels" . | nindent 4 }}
spec:
  {{- if not .autoscaled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 600
  # The new one is ready before the old one leaves.
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  selector:
    matchLabels:
      {{- include "slipway.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "slipway.labels" . | nindent 8 }}
      annotations:
        checksum/settings: {{ include (print $root.Template.BasePath "/settings.yaml") $root | sha256sum }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "slipway.podSecurityContext" $root | nindent 8 }}
      terminationGracePeriodSeconds: {{ .graceSeconds }}
      topologySpreadConstraints:
        {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ $key }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "slipway.selectorLabels" $ | nindent 14 }}
        {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "slipway.image" $root | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [{{ printf "apps/%s/dist/main.js" .component | quote }}]
          securityContext:
            {{- include "slipway.containerSecurityContext" $root | nindent 12 }}
          envFrom:
            - configMapRef: { name: {{ include "slipway.fullname" $root }}-settings }
          env:
            - name: SLIPWAY_INSTANCE
              valueFrom: { fieldRef: { fieldPath: metadata.name } }
            {{- range .secretKeys }}
            - name: SLIPWAY_{{ . | upper | replace "-" "_" }}_FILE
              value: /run/secrets/slipway/{{ . }}
            {{- end }}
            {{- with .env }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
            {{- with $values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            {{- range $portName, $port := .ports }}
            - { name: {{ $portName }}, containerPort: {{ $port }}, protocol: TCP }
            {{- end }}
            - { name: health, containerPort: 9464, protocol: TCP }
          # Opening the log and building read models may take minutes the first time.
          startupProbe:
            httpGet: { path: /livez, port: health }
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 150
          livenessProbe:
            httpGet: { path: /livez, port: health }
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: health }
            periodSeconds: 3
            timeoutSeconds: 2
            failureThreshold: 2
          {{- with .lingerSeconds }}
          # Until every node has taken the pod out of its Services, new requests still come.
          lifecycle:
            preStop:
              exec: { command: [sleep, {{ . | quote }}] }
          {{- end }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            - { name: secrets, mountPath: /run/secrets/slipway, readOnly: true }
            {{- if .data }}
            - { name: data, mountPath: /data }
            {{- end }}
            {{- if and .models $root.Values.models.existingClaim }}
            - { name: models, mountPath: /models, readOnly: true }
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: { sizeLimit: 64Mi }
        - name: secrets
          secret:
            secretName: {{ include "slipway.secretName" $root }}
            defaultMode: 0440
            items:
              {{- range .secretKeys }}
              - { key: {{ . }}, path: {{ . }} }
              {{- end }}
        {{- with .data }}
        - name: data
          emptyDir: { sizeLimit: {{ . }} }
        {{- end }}
        {{- if and .models $root.Values.models.existingClaim }}
        - name: models
          persistentVolumeClaim: { claimName: {{ $root.Values.models.existingClaim }}, readOnly: true }
        {{- end }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels:
    {{- include "slipway.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  # A pod that is not ready serves nobody: it must not hold up a node's draining.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "slipway.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* A Service in front of one service: (dict "root" $ "component" "proxy" "ports" (dict "http" 8000)). */}}
{{- define "slipway.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "slipway.fullname" .root }}-{{ .component }}
  labels:
    {{- include "slipway.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  selector:
    {{- include "slipway.selectorLabels" . | nindent 4 }}
  ports:
    {{- range $portName, $port := .ports }}
    - { name: {{ $portName }}, port: {{ $port }}, targetPort: {{ $portName }}, protocol: TCP, appProtocol: http }
    {{- end }}
{{- end -}}
