# The container's image. Sourced by ../dev, whose say, die and usage it uses.
# shellcheck shell=bash

# The first of these that is there and works; docker's client may be there without its server.
container_engine() {
  local engine
  for engine in docker podman buildah; do
    ! "$engine" info >/dev/null 2>&1 || { echo "$engine"; return; }
  done
  die "no container engine works here; install docker, podman or buildah"
}

# image [--tag=NAME] [--cuda] [--test] [-- ARG...]: arguments are the engine's, of `build`.
image() {
  local tag=actserve target=cpu test=false engine format=()
  while (($#)); do
    case $1 in
      --tag=*) tag=${1#*=} ;;
      --cuda) target=cuda ;;
      --test) test=true ;;
      --) shift; break ;;
      *) usage "image: unknown argument '$1'" ;;
    esac
    shift
  done
  engine=$(container_engine)
  [[ $engine == docker ]] || format=(--format docker)  # the other format has no health check
  say "Building the image $tag with $engine; this compiles all that it needs, which takes minutes"
  "$engine" build "${format[@]}" --target "$target" --tag "$tag" \
    --build-arg VERSION="$(sed -nE 's/^project\(actserve VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)" \
    --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" "$@" . || die "the image was not built"
  if $test; then
    [[ $engine != buildah ]] || die "the image is built, but buildah cannot run it; install podman or docker"
    tests/deploy/image_test.sh "$engine" "$tag"
  fi
}
