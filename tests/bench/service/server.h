// The servers that are compared, each a process of its own.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/service/driver.h"
#include "tests/bench/service/transport.h"
#include "tests/e2e/server_process.h"

namespace actserve::bench::service {

struct Memory {
  int64_t resident = 0, peak = 0;  // bytes
};

class Server {
 public:
  // `folder` is for its socket and settings. UNAVAILABLE with its log if it does not start.
  // Its name is kEcho.
  static absl::StatusOr<std::unique_ptr<Server>> StartEcho(const std::string& folder);
  // Its name is the transport's.
  static absl::StatusOr<std::unique_ptr<Server>> StartEcho(const std::string& folder, const Transport& transport);
  // `settings` are of the text format that actserve reads.
  static absl::StatusOr<std::unique_ptr<Server>> StartActserve(const std::string& folder, const std::string& settings);
  // Stops it and waits for its end.
  ~Server();

  const std::string& name() const { return name_; }
  // Connections over "tcp" or "unix", made once for each number of them.
  const Channels& channels(const std::string& transport, int count);

  // CPU time of all its threads so far, in user and kernel space.
  double CpuSeconds() const;
  // What it holds, and the most it held since the last ResetPeak.
  Memory memory() const;
  void ResetPeak() const;

 private:
  Server(std::string name, const std::string& program, std::vector<std::string> flags);
  static absl::StatusOr<std::unique_ptr<Server>> StartEcho(std::string name, const std::string& folder,
                                                           const Transport& transport);
  static absl::StatusOr<std::unique_ptr<Server>> AwaitReady(std::unique_ptr<Server> server);

  const std::string name_;
  ServerProcess process_;
  std::map<std::string, std::string> addresses_;  // by transport
  std::map<std::pair<std::string, int>, Channels> channels_;
};

}  // namespace actserve::bench::service
