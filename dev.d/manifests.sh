# Kubernetes' manifests. Sourced by ../dev, whose say, die and usage it uses.
# shellcheck shell=bash

# The rules as an object of the Prometheus operator's, made of the file that Prometheus reads.
prometheus_rule() {
  cat <<'END'
# Made of deploy/prometheus/rules.yml by `./dev manifests --write`.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: actserve
  labels:
    app.kubernetes.io/name: actserve
spec:
END
  sed -n '/^groups:/,$ { /./ s/^/  /; p }' deploy/prometheus/rules.yml
}

# manifests [--write]
manifests() {
  local rule=deploy/kubernetes/monitoring/prometheus-rule.yaml
  case $* in
    '') ;;
    --write) prometheus_rule >"$rule" ;;
    *) usage "manifests: unknown argument '$*'" ;;
  esac
  diff -u "$rule" <(prometheus_rule) >&2 || die "$rule is out of date; ./dev manifests --write makes it anew"
  deploy_programs
  command -v npm >/dev/null || die "npm, which fetches Kubernetes' schemas, is not installed"
  local checker=build/manifests path
  mkdir -p "$checker"
  cp tests/deploy/schemas/* "$checker"
  npm --prefix "$checker" install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error >&2 || die "npm failed"
  for path in base monitoring; do
    PATH=build/deploy-programs/usr/bin:$PATH kubectl kustomize "deploy/kubernetes/$path" >"$checker/$path.yaml"
    node "$checker/check.mjs" "$checker/$path.yaml" || die "deploy/kubernetes/$path does not follow Kubernetes' schemas"
  done
}
