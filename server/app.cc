#include "server/app.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>
#include <malloc.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kernels/api/status.h"
#include "server/config/command_line.h"
#include "server/library_log.h"
#include "server/observe/log.h"
#include "server/signals.h"

namespace actserve {
namespace {

constexpr size_t kMib = size_t{1024} * 1024;
constexpr int kReadChunkBytes = 1 << 20;  // that a read of a socket has room for, rather than 8 KiB
constexpr int kSyncThreads = 64;  // for calls that are not of queues: reflection, ListFunctions, GetFunction, Analyses
// How often a drain looks about, and after how long without a request a stream counts as idle then.
constexpr std::chrono::milliseconds kDrainTick{20};
constexpr std::chrono::milliseconds kIdleStream{2000};
// For the last answers, such as health's, to get out before connections are ended; and for gRPC to close these.
constexpr std::chrono::milliseconds kFlush{50};
constexpr std::chrono::milliseconds kClosing{2000};

int Threads(const config::ServerConfig& config) {
  return config.threads() != 0 ? static_cast<int>(config.threads())
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// They also compute what is small, beside the pool's threads and, often, clients on the same machine.
int QueueCount(const config::ServerConfig& config) {
  return config.transport_threads() != 0 ? static_cast<int>(config.transport_threads())
                                         : std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2);
}

std::chrono::nanoseconds Nanoseconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
}

std::unique_ptr<CpuPool> MakePool(const config::ServerConfig& config) {
  return std::make_unique<CpuPool>(CpuPool::Limits{.threads = Threads(config), .waiting = config.queue_capacity()});
}

std::optional<std::chrono::nanoseconds> InlineLimit(const config::ServerConfig& config) {
  if (!config.has_inline_microseconds()) return std::nullopt;
  return std::chrono::microseconds(config.inline_microseconds());
}

BackendChoice ToChoice(config::ServerConfig::Backend backend) {
  switch (backend) {
    case config::ServerConfig::AUTO: break;
    case config::ServerConfig::CPU: return BackendChoice::kCpu;
    case config::ServerConfig::CUDA: return BackendChoice::kCuda;
  }
  return BackendChoice::kAuto;
}

// Of every function, in the catalogue's order.
std::vector<BackendChoice> Backends(const config::ServerConfig& config) {
  std::vector<BackendChoice> backends(Functions().size(), ToChoice(config.backend()));
  for (const auto& given : config.route()) {
    if (!given.has_backend()) continue;
    backends[static_cast<size_t>(FindFunction(given.function())->index)] = ToChoice(given.backend());
  }
  return backends;
}

absl::Status WantsCuda(std::string_view setting, const absl::Status& no_cuda) {
  return InvalidField(setting, absl::StrFormat("is CUDA, and there is no GPU: %s", no_cuda.message()));
}

absl::Status CheckCuda(const config::ServerConfig& config, const absl::Status& no_cuda) {
  if (no_cuda.ok()) return absl::OkStatus();
  if (config.backend() == config::ServerConfig::CUDA) return WantsCuda("backend", no_cuda);
  for (int i = 0; i < config.route_size(); ++i) {
    if (config.route(i).backend() == config::ServerConfig::CUDA)
      return WantsCuda(absl::StrFormat("route[%d]", i), no_cuda);
  }
  return absl::OkStatus();
}

absl::StatusOr<App::Devices> FindDevices(const config::ServerConfig& config,
                                         const std::function<absl::StatusOr<App::Devices>()>& find) {
  if (config.cuda_memory_mib() == 0) return absl::FailedPreconditionError("cuda_memory_mib is 0");
  return find();
}

std::unique_ptr<CudaPool> MakeCudaPool(const config::ServerConfig& config, const App::Devices& devices,
                                       std::function<void(const CudaPool::DeviceState&)> changed) {
  if (devices.empty()) return nullptr;
  std::vector<cuda::Device*> pointers;
  for (const auto& device : devices) pointers.push_back(device.get());
  return std::make_unique<CudaPool>(
      pointers,
      CudaPool::Settings{.lanes = static_cast<int>(config.cuda_lanes()),
                         .memory_bytes = static_cast<int64_t>(config.cuda_memory_mib() * kMib),
                         .retry = Nanoseconds(config.cuda_retry_seconds())},
      std::move(changed));
}

std::string NamesOf(const App::Devices& devices) {
  if (devices.empty()) return "none";
  return absl::StrJoin(devices, ", ", [](std::string* text, const auto& device) { *text += device->name(); });
}

// Of every function, in the catalogue's order.
std::vector<Admission::RouteLimits> RouteLimits(const config::ServerConfig& config) {
  constexpr size_t kNone = std::numeric_limits<size_t>::max();
  std::vector<Admission::RouteLimits> routes;
  for (const Function& function : Functions()) {
    routes.push_back({.name = std::string(function.info.name), .limits = {.bytes = kNone, .items = kNone}});
  }
  for (const auto& given : config.route()) {
    Admission::Limits& limits = routes[static_cast<size_t>(FindFunction(given.function())->index)].limits;
    if (given.has_max_in_flight_mib()) limits.bytes = given.max_in_flight_mib() * kMib;
    if (given.has_max_in_flight_items()) limits.items = given.max_in_flight_items();
  }
  return routes;
}

absl::Status CheckRoutes(const config::ServerConfig& config) {
  for (int i = 0; i < config.route_size(); ++i) {
    const absl::StatusOr<const Function*> function = LookUp(config.route(i).function());
    if (function.ok()) continue;
    return absl::InvalidArgumentError(absl::StrFormat("route[%d]: %s", i, function.status().message()));
  }
  return absl::OkStatus();
}

std::optional<double> UnixTime(std::optional<std::chrono::system_clock::time_point> time) {
  if (!time.has_value()) return std::nullopt;
  return std::chrono::duration<double>(time->time_since_epoch()).count();
}

// Says where clients can connect, and which of these ways others can listen to.
void LogListening(const App& app, bool needs_token) {
  for (const Address& address : app.addresses()) {
    const std::string_view transport = app.TransportOf(address);
    log::Info("listening", {{"address", address.ToString()}, {"transport", transport}});
    if (transport != "plain" || address.IsLocal()) continue;
    log::Warning("plain_text",
                 {{"address", address.ToString()},
                  {"message", needs_token ? "tokens and tensors can be read on the way; set tls_certificate, or let "
                                            "only a proxy with TLS connect"
                                          : "anybody who can connect can call, and tensors can be read on the way; "
                                            "set tls_certificate and token_file unless the network is trusted"}});
  }
}

// Where the setting was made, if it is one that is wrong.
int Failed(const Settings& settings, const absl::Status& status) {
  const std::string setting = FieldOf(status);
  const std::string message(status.message());
  log::Error("failed",
             {{"message", setting.empty() ? message : absl::StrFormat("%s: %s", settings.Where(setting), message)}});
  return setting.empty() ? kExitFailure : kExitBadSetting;
}

size_t TransportMemoryMib(const config::ServerConfig& config) {
  if (config.has_transport_memory_mib()) return config.transport_memory_mib();
  return std::max<size_t>(64, size_t{config.max_in_flight_mib()} * 3 / 4);
}

void SetLimits(const config::ServerConfig& config, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(config.max_message_mib() * kMib));
  builder.SetMaxSendMessageSize(-1);  // the service bounds its responses, with an error that says so
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, static_cast<int>(config.max_concurrent_streams()));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(config.max_metadata_bytes()));
  const auto milliseconds = [](uint32_t seconds) { return static_cast<int>(seconds) * 1000; };
  if (config.has_max_connection_age_seconds()) {
    const int age = milliseconds(config.max_connection_age_seconds());
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, age);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, age);
  }
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, milliseconds(config.idle_connection_seconds()));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, milliseconds(config.handshake_seconds()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(config.keepalive_seconds()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(config.keepalive_timeout_seconds()));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             milliseconds(config.min_ping_interval_seconds()));
  builder.AddChannelArgument("grpc.experimental.tcp_read_chunk_size", kReadChunkBytes);
  grpc::ResourceQuota quota("actserve");
  quota.Resize(kMib * TransportMemoryMib(config));
  quota.SetMaxThreads(kSyncThreads);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Start(const config::ServerConfig& config, const Backend& cpu,
                                                const std::function<absl::StatusOr<Devices>()>& find_devices) {
  if (!config.simd_target().empty()) {
    if (absl::Status status = ForceCpuTarget(config.simd_target()); !status.ok()) return status;
  }
  if (absl::Status status = CheckRoutes(config); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<Security>> security = Security::Load(config);
  if (!security.ok()) return security.status();
  absl::StatusOr<Devices> devices = FindDevices(config, find_devices);
  if (absl::Status status = CheckCuda(config, devices.status()); !status.ok()) return status;
  auto app = std::unique_ptr<App>(new App(config, cpu, *std::move(security), std::move(devices)));
  if (absl::Status status = app->Listen(); !status.ok()) return status;
  if (absl::Status status = app->ListenForMetrics(); !status.ok()) return status;
  return app;
}

App::App(const config::ServerConfig& config, const Backend& cpu, std::unique_ptr<Security> security,
         absl::StatusOr<Devices> devices)
    : config_(config),
      security_(std::move(security)),
      devices_(devices.ok() ? *std::move(devices) : Devices()),
      router_(devices.status(), Backends(config)),
      metrics_(std::make_shared<Metrics>(
          BuildInfo{.version = ACTSERVE_VERSION, .simd_target = ActiveCpuTarget(), .cuda = NamesOf(devices_)},
          [this] { return Sample(); })),
      admission_({.bytes = config.max_in_flight_mib() * kMib, .items = config.max_in_flight_items()},
                 RouteLimits(config)),
      pool_(MakePool(config)),
      plan_(MakePlan(CpuBackend(), *pool_, InlineLimit(config))),
      health_(std::make_unique<HealthService>(v1::ActivationService::service_full_name())),
      cuda_pool_(MakeCudaPool(config, devices_, [this](const auto& state) { OnDeviceChanged(state); })),
      placement_(plan_, pool_->threads(), cuda_pool_.get()),
      service_(std::make_unique<ActivationService>(ServiceContext{
          .batch = {.router = &router_,
                    .metrics = metrics_.get(),
                    .buffers = &buffers_,
                    .admission = &admission_,
                    .placement = &placement_,
                    .cpu = &cpu,
                    .cpu_pool = pool_.get(),
                    .cuda_pool = cuda_pool_.get(),
                    .max_items = static_cast<int>(config.max_items()),
                    .max_response_bytes = config.max_message_mib() * kMib},
          .pool = pool_.get(),
          .inline_limit = plan_.inline_limit,
          .gate = &gate_,
          .reception = {.bytes = TransportMemoryMib(config) * kMib / 4, .longest = config.max_message_mib() * kMib},
          .authenticator = security_->authenticator(),
          .retry_delay = std::chrono::milliseconds(config.retry_delay_ms())})) {
  if (cuda_pool_ != nullptr) {
    health_->SetCudaServing(cuda_pool_->up());
  } else {
    log::Info("no_cuda", {{"reason", std::string(devices.status().message())}});
  }
}

App::~App() { Close(); }

LoadSample App::Sample() const {
  const CpuPool::Load load = pool_->load();
  const Admission::Limits in_flight = admission_.in_flight();
  LoadSample sample{.waiting = load.waiting,
                    .running = load.running,
                    .bytes = in_flight.bytes,
                    .items = in_flight.items,
                    .threads = pool_->threads(),
                    .connections = acceptor_ == nullptr ? 0 : acceptor_->connections(),
                    .certificate_not_after = UnixTime(security_->not_after())};
  if (cuda_pool_ == nullptr) return sample;
  for (CudaPool::DeviceState& state : cuda_pool_->devices())
    sample.cuda.devices.push_back({.name = std::move(state.name), .up = state.up, .failures = state.failures});
  const CudaPool::Load cuda = cuda_pool_->load();
  sample.cuda.waiting = cuda.waiting;
  sample.cuda.launches = cuda.launches;
  sample.cuda.calls = cuda.calls;
  sample.cuda.staging_seconds = std::chrono::duration<double>(cuda.times.staging).count();
  sample.cuda.device_seconds = std::chrono::duration<double>(cuda.times.device).count();
  return sample;
}

void App::OnDeviceChanged(const CudaPool::DeviceState& state) {
  if (state.up) {
    log::Info("gpu_up", {{"device", state.name}});
  } else {
    log::Warning("gpu_down", {{"device", state.name},
                              {"message", std::string(state.last_failure.message())},
                              {"retry_seconds", config_.cuda_retry_seconds()}});
  }
  health_->SetCudaServing(state.any_up);
}

absl::Status App::Listen() {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  SetLimits(config_, builder);
  builder.RegisterService(service_.get());
  builder.RegisterService(health_.get());
  queues_ = std::make_unique<Queues>(builder, QueueCount(config_));
  for (const std::string& text : config_.listen()) {
    const absl::StatusOr<Address> address = ParseAddress(text);
    if (!address.ok()) return address.status();
    absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Open(*address);
    if (!listener.ok()) return listener.status();
    listeners_.push_back(*std::move(listener));
    doors_.push_back(builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, security_->CredentialsFor(*address)));
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return absl::UnavailableError("the server cannot be started");
  service_->Begin(*queues_);
  health_->Begin(*queues_);
  queues_->Start();
  health_->SetServing(true);
  Accept();
  return absl::OkStatus();
}

void App::Accept() {
  const size_t possible = RaiseDescriptorLimit();
  if (possible < config_.max_connections()) {
    log::Warning(
        "connections_limited",
        {{"message", absl::StrFormat("max_connections is %d, but the process may only have descriptors for %d; "
                                     "raise its limit of open files (ulimit -n, LimitNOFILE)",
                                     config_.max_connections(), possible)}});
  }
  acceptor_ = std::make_unique<Acceptor>(
      std::min<size_t>(config_.max_connections(), possible), listeners_,
      [this](size_t listener, int listening_socket, int socket) {
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
        connection.listener_fd = listening_socket;
        connection.fd = socket;
        doors_[listener]->HandleNewConnection(&connection);
      },
      [this] { metrics_->CountRejected(Rejected::kConnectionsFull); });
}

std::vector<Address> App::addresses() const {
  std::vector<Address> addresses;
  for (const auto& listener : listeners_) addresses.push_back(listener->address());
  return addresses;
}

absl::Status App::ListenForMetrics() {
  if (config_.metrics_listen() == kNoAddress) return absl::OkStatus();
  const absl::StatusOr<Address> address = ParseAddress(config_.metrics_listen());
  if (!address.ok()) return address.status();
  absl::StatusOr<std::unique_ptr<MetricsServer>> server = MetricsServer::Start(*address, metrics_);
  if (!server.ok()) return server.status();
  metrics_server_ = *std::move(server);
  return absl::OkStatus();
}

void App::AnnounceStop() { health_->SetServing(false); }

int64_t App::Stop(std::chrono::nanoseconds grace, const std::function<bool()>& hurry) {
  const SteadyClock::time_point end = SteadyClock::now() + grace;
  AnnounceStop();
  gate_.Close();
  while (!gate_.WaitEmpty(std::min(end, SteadyClock::now() + kDrainTick))) {
    if (SteadyClock::now() >= end || hurry()) break;
    service_->EndIdleStreams(kIdleStream);
  }
  const int64_t cut = gate_.inside();
  if (cut != 0) pool_->Drain(SteadyClock::now());  // computes no more
  acceptor_->Stop();
  EndConnections();
  Close();
  return cut;
}

// gRPC 1.51 ends calls that come in while it shuts down with CANCELLED, which no client takes for a reason to ask
// another server; where a connection ends, they are UNAVAILABLE. So there are no connections any more when it shuts
// down.
void App::EndConnections() {
  std::this_thread::sleep_for(kFlush);
  acceptor_->EndConnections();
  const SteadyClock::time_point end = SteadyClock::now() + kClosing;
  while (acceptor_->connections() != 0 && SteadyClock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void App::Close() {
  if (acceptor_ != nullptr) acceptor_->Stop();  // gRPC forgets to close what it is given after it has shut down
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  gate_.Close();
  gate_.WaitEmpty(SteadyClock::time_point::max());  // every call is over, since Shutdown cancels what is left
  metrics_server_.reset();
  acceptor_.reset();
  listeners_.clear();
  pool_.reset();
  queues_.reset();
  server_.reset();
}

std::string PlanText(const config::ServerConfig& config) {
  if (!config.simd_target().empty()) (void)ForceCpuTarget(config.simd_target());  // which is known to be there
  const std::unique_ptr<CpuPool> pool = MakePool(config);
  const ExecutionPlan plan = MakePlan(CpuBackend(), *pool, InlineLimit(config));
  const absl::StatusOr<App::Devices> devices = FindDevices(config, cuda::FindDevices);
  if (!devices.ok())
    return Print(plan, pool->threads()) + "\nNo GPU: " + std::string(devices.status().message()) + "\n";
  const std::unique_ptr<CudaPool> cuda_pool = MakeCudaPool(config, *devices, {});
  return Print(plan, pool->threads()) + Print(*cuda_pool);
}

int Serve(const Settings& settings) {
  const config::ServerConfig& config = settings.config;
  log::Configure(config.log_level(), config.log_format());
  RouteLibraryLogs();
  // One heap for each thread that receives, in place of eight for each processor: what many connections leave behind is
  // scattered over all of them, and could not be given back.
  mallopt(M_ARENA_MAX, QueueCount(config));
  StopSignals signals;
  grpc_init();  // and never shut down: the library's own shutdown can take 10 s, to free what the process's end frees
  absl::StatusOr<std::unique_ptr<App>> app = App::Start(config);
  if (!app.ok()) return Failed(settings, app.status());
  LogListening(**app, !config.token_file().empty());
  if (const std::string address = (*app)->metrics_address(); !address.empty()) {
    log::Info("metrics", {{"address", address}});
  }
  log::Info("ready", {{"version", ACTSERVE_VERSION}, {"simd_target", ActiveCpuTarget()}, {"threads", Threads(config)}});
  const int signal = signals.Wait();
  log::Info("draining", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"},
                         {"drain_delay_seconds", config.drain_delay_seconds()},
                         {"grace_seconds", config.grace_seconds()}});
  (*app)->AnnounceStop();
  const bool hurried = signals.WaitFor(Nanoseconds(config.drain_delay_seconds()));
  const int64_t cut = (*app)->Stop(Nanoseconds(config.grace_seconds()), [&] { return hurried || signals.Pending(); });
  log::Info(cut == 0 ? "drained" : "cut", {{"calls_cancelled", cut}});
  app->reset();
  log::Info("stopped");
  return cut == 0 ? kExitOk : kExitFailure;
}

}  // namespace actserve
