# actserve in a small image: `docker build -t actserve .`, then `docker run -p 50051:50051 -p 9464:9464 actserve`.

FROM debian:bookworm-slim AS build
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
RUN ./dev build --preset=release actserve actctl && strip build/release/bin/actserve build/release/bin/actctl

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libabsl20220623 libgrpc++1.51 libhwy1 libprometheus-cpp-pull1.0 libprotobuf32 libspdlog1.10 libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/build/release/bin/actserve /src/build/release/bin/actctl /usr/local/bin/
USER 65532:65532
# gRPC, and Prometheus metrics over HTTP.
EXPOSE 50051 9464
# The server finishes the work in flight, then exits with 0.
STOPSIGNAL SIGTERM
ENTRYPOINT ["actserve"]
CMD ["--listen", "0.0.0.0:50051", "--metrics-listen", "0.0.0.0:9464"]
