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

{{- /* No schema can compare two values: each mount has its volume, and each file or folder that a setting names its mount. */ -}}
{{- define "cco.checkMounts" -}}
{{- $volumes := list -}}
{{- range .Values.extraVolumes -}}
{{- if has .name $volumes }}{{ fail (printf "extraVolumes: two volumes are named %s" .name) }}{{ end -}}
{{- $volumes = append $volumes .name -}}
{{- end -}}
{{- $mounted := list "/var/lib/cco" -}}
{{- $isReadOnly := dict -}}
{{- range .Values.extraVolumeMounts -}}
{{- if not (has .name $volumes) }}{{ fail (printf "extraVolumeMounts: no volume of extraVolumes is named %s" .name) }}{{ end -}}
{{- $at := .mountPath | trimSuffix "/" -}}
{{- $mounted = append $mounted $at -}}
{{- $_ := set $isReadOnly $at (.readOnly | default false) -}}
{{- end -}}
{{- $settings := .Values.settings | default dict -}}
{{- range $variable := list "CCO_ARCHIVE_FOLDER" "CCO_BACKUP_FOLDER" "CCO_MODELS_FILE" "CCO_PRICES_FILE" "NODE_EXTRA_CA_CERTS" -}}
{{- $path := get $settings $variable | toString -}}
{{- $isRead := has $variable (list "CCO_MODELS_FILE" "CCO_PRICES_FILE" "NODE_EXTRA_CA_CERTS") -}}
{{- $isOfImage := and $isRead (or (hasPrefix "/app/" $path) (hasPrefix "/etc/ssl/" $path)) -}}
{{- $isBucket := and (eq $variable "CCO_BACKUP_FOLDER") (regexMatch "^s3://[^/]" $path) -}}
{{- if and $path (not $isOfImage) (not $isBucket) -}}
{{- if has ".." (splitList "/" $path) }}{{ fail (printf "settings.%s: write %s without .." $variable $path) }}{{ end -}}
{{- /* The longest mount above a path is the one it lies on. */ -}}
{{- $nearest := "" -}}
{{- range $mounted -}}
{{- if and (or (eq $path .) (hasPrefix (printf "%s/" .) $path)) (gt (len .) (len $nearest)) }}{{ $nearest = . }}{{ end -}}
{{- end -}}
{{- if not $nearest }}{{ fail (printf "settings.%s: no volume is mounted at %s; name one in extraVolumes and extraVolumeMounts" $variable $path) }}{{ end -}}
{{- if and (not $isRead) (get $isReadOnly $nearest) }}{{ fail (printf "settings.%s: CCO writes to %s, and the mount at %s is read-only" $variable $path $nearest) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
