{{- define "cco.name" -}}
{{- if contains "cco" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-cco" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "cco.selector" -}}
app.kubernetes.io/name: cco
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cco.labels" -}}
{{ include "cco.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- /* 15 s to write everything down, 2 s for the console, 3 to spare: docs/howto/run-on-kubernetes.md */ -}}
{{- define "cco.graceSeconds" -}}
{{ add (int .Values.preStopSeconds) (int .Values.shutdownSeconds) 20 }}
{{- end -}}
