#include "tests/bench/service/server.h"

#include <time.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/bench/service/channels.h"
#include "tests/bench/service/result.h"

namespace actserve::bench::service {
namespace {

constexpr char kTcp[] = "127.0.0.1:0";  // any free port

// A line of /proc/PID/status, such as "VmRSS:      9588 kB", in bytes.
int64_t StatusBytes(pid_t pid, std::string_view name) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  std::string word;
  for (int64_t kibi = 0; file >> word;) {
    if (word == name && file >> kibi) return kibi * 1024;
  }
  return 0;
}

}  // namespace

// setpriv, of util-linux, has the process killed when this one ends in any manner, and becomes the program.
Server::Server(std::string name, const std::string& program, std::vector<std::string> flags)
    : name_(std::move(name)), process_("/usr/bin/setpriv", [&] {
        flags.insert(flags.begin(), {"--pdeathsig", "KILL", program});
        return std::move(flags);
      }()) {}

absl::StatusOr<std::unique_ptr<Server>> Server::StartEcho(const std::string& folder) {
  return StartEcho(std::string(kEcho), folder, Transports().front());
}

absl::StatusOr<std::unique_ptr<Server>> Server::StartEcho(const std::string& folder, const Transport& transport) {
  return StartEcho(std::string(transport.name), folder, transport);
}

absl::StatusOr<std::unique_ptr<Server>> Server::StartEcho(std::string name, const std::string& folder,
                                                          const Transport& transport) {
  const std::string socket = absl::StrCat("unix:", folder, "/", absl::StrReplaceAll(name, {{" ", "-"}}), ".socket"),
                    program = std::filesystem::read_symlink("/proc/self/exe");
  return AwaitReady(std::unique_ptr<Server>(new Server(
      std::move(name), program, {"--echo", kTcp, "--echo", socket, "--echo-transport", std::string(transport.name)})));
}

absl::StatusOr<std::unique_ptr<Server>> Server::StartActserve(const std::string& folder, const std::string& settings) {
  const std::string file = folder + "/settings.textproto", socket = absl::StrCat("unix:", folder, "/actserve.socket");
  std::ofstream(file) << settings;
  return AwaitReady(std::unique_ptr<Server>(
      new Server(std::string(kOurs), ACTSERVE_BINARY,
                 {"--config", file, "--listen", kTcp, "--listen", socket, "--metrics-listen=none"})));
}

absl::StatusOr<std::unique_ptr<Server>> Server::AwaitReady(std::unique_ptr<Server> server) {
  if (!server->process_.WaitFor("ready"))
    return absl::UnavailableError(absl::StrCat(server->name_, " does not start: ", server->process_.Output()));
  for (const std::string& address : server->process_.Addresses())
    server->addresses_[absl::StartsWith(address, "unix:") ? "unix" : "tcp"] = address;
  return server;
}

Server::~Server() {
  channels_.clear();
  process_.Signal(SIGTERM);
  process_.Wait();
}

const Channels& Server::channels(const std::string& transport, int count) {
  Channels& channels = channels_[{transport, count}];
  if (channels.empty()) channels = Connect(addresses_.at(transport), count);
  return channels;
}

double Server::CpuSeconds() const {
  clockid_t clock;
  timespec spent{};
  if (clock_getcpuclockid(process_.pid(), &clock) == 0) clock_gettime(clock, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

Memory Server::memory() const {
  return {.resident = StatusBytes(process_.pid(), "VmRSS:"), .peak = StatusBytes(process_.pid(), "VmHWM:")};
}

void Server::ResetPeak() const { std::ofstream(absl::StrCat("/proc/", process_.pid(), "/clear_refs")) << 5; }

}  // namespace actserve::bench::service
