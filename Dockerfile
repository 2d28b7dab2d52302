# actserve in a small image: `./dev image`, or `docker build -t actserve .`; then
# `docker run --rm --read-only -p 50051:50051 -p 9464:9464 actserve`. `--target cuda` makes the variant for NVIDIA's GPUs.
# deploy/README.md says more.
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim
# Only its compiler is used, which does not mind another distribution.
ARG CUDA_IMAGE=docker.io/nvidia/cuda:13.0.1-devel-ubuntu22.04

FROM ${BASE_IMAGE} AS sources
WORKDIR /src
# The packages are a layer of their own: a change of the sources does not install them again.
COPY dev ./
COPY dev.d dev.d/
RUN ./dev setup --yes build
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake/
COPY proto proto/
COPY kernels kernels/
COPY server server/
COPY client client/

FROM ${CUDA_IMAGE} AS cuda-toolkit

FROM sources AS build-cuda
COPY --from=cuda-toolkit /usr/local/cuda /usr/local/cuda/
# Without its compiler this stops here, instead of making a server that knows no GPU.
RUN cmake --preset release -DACTSERVE_CUDA=ON
RUN ./dev build --preset=release actserve actctl && strip build/release/bin/actserve build/release/bin/actctl

FROM sources AS build
RUN ./dev build --preset=release actserve actctl && strip build/release/bin/actserve build/release/bin/actctl

FROM ${BASE_IMAGE} AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libabsl20220623 libgrpc++1.51 libhwy1 libprometheus-cpp-pull1.0 libprotobuf32 libspdlog1.10 libssl3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
COPY deploy/actserve.textproto /etc/actserve/
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="actserve" \
      org.opencontainers.image.description="Neural-network activation functions and their gradients, over gRPC" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# By number, so that Kubernetes can see that it is not root. Nothing is ever written: the root may be read-only.
USER 65532:65532
# gRPC, and Prometheus metrics over HTTP.
EXPOSE 50051 9464
# The server says NOT_SERVING, finishes the work in flight, then exits with 0.
STOPSIGNAL SIGTERM
# Kubernetes ignores this, and asks the server itself. With TLS, set ACTSERVE_TLS_CA (see actctl --help).
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["actctl", "health", "--timeout", "2"]
ENTRYPOINT ["actserve"]
CMD ["--config", "/etc/actserve/actserve.textproto"]

FROM runtime AS cuda
# What NVIDIA's container toolkit is to bring in; the rest of CUDA is linked statically.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build-cuda /src/build/release/bin/actserve /src/build/release/bin/actctl /usr/local/bin/

FROM runtime AS cpu
COPY --from=build /src/build/release/bin/actserve /src/build/release/bin/actctl /usr/local/bin/
