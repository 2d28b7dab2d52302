// A kernel that does nothing: what a launch costs.
namespace actserve::bench::cuda {
namespace {
__global__ void Nothing() {}
}  // namespace

int LaunchEmpty(void* stream) {
  Nothing<<<1, 32, 0, static_cast<cudaStream_t>(stream)>>>();
  return cudaGetLastError();
}

}  // namespace actserve::bench::cuda
