# A picture of Grafana's dashboard, without Grafana. Sourced by ../dev, whose functions it uses.
# shellcheck shell=bash

# dashboard [FILE.png]: loads two servers for a minute and a half, and draws what Prometheus says of them.
dashboard() {
  (($# <= 1)) || usage "dashboard: expected one file at most, found '$*'"
  need_packages build test picture
  deploy_programs
  build dev actserve
  ACTSERVE=build/dev/bin/actserve PROTOC=/usr/bin/protoc PROTO_ROOT=proto SOURCE_ROOT=$PWD \
    DEPLOY_PROGRAMS=$PWD/build/deploy-programs PYTHONPATH=tests/interop \
    /usr/bin/python3 -B tests/deploy/dashboard_picture.py "${1:-docs/dashboard.png}" 90
}
