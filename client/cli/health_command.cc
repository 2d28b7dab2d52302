#include <cstdio>

#include "client/cli/commands.h"
#include "client/cli/report.h"

namespace actserve::client {

ExitStatus Run(const HealthCommand&, const ServerOptions& server) {
  const absl::StatusOr<Client> client = Connect(server, kShortCall);
  if (!client.ok()) return FailUsage(std::string(client.status().message()));
  const absl::StatusOr<bool> serving = client->IsServing();
  if (!serving.ok()) return Fail("", Explain(serving.status(), server));
  std::puts(*serving ? "serving" : "not serving");
  return *serving ? kSucceeded : kFailed;
}

}  // namespace actserve::client
