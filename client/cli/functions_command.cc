#include <cstdio>

#include "client/cli/commands.h"
#include "client/cli/functions.h"
#include "client/cli/report.h"

namespace actserve::client {

absl::StatusOr<Client> Connect(const ServerOptions& server, absl::Duration deadline) {
  ClientOptions options;
  options.deadline = server.timeout_seconds.has_value() ? absl::Seconds(*server.timeout_seconds) : deadline;
  options.backend = server.backend;
  absl::StatusOr<Credentials> credentials = ReadCredentials(server.credentials);
  if (!credentials.ok()) return credentials.status();
  options.credentials = *std::move(credentials);
  return Client::Connect(server.address, options);
}

ExitStatus Run(const FunctionsCommand& command, const ServerOptions& server) {
  const absl::StatusOr<Client> client = Connect(server, kShortCall);
  if (!client.ok()) return FailUsage(std::string(client.status().message()));
  const absl::StatusOr<std::vector<v1::Function>> functions = client->ListFunctions();
  if (!functions.ok()) return Fail("", Explain(functions.status(), server));
  if (command.json) {
    v1::ListFunctionsResponse response;
    response.mutable_functions()->Add(functions->begin(), functions->end());
    std::fputs(ToJson(response).c_str(), stdout);
  } else {
    std::fputs(FunctionTable(*functions).c_str(), stdout);
  }
  return kSucceeded;
}

ExitStatus Run(const DescribeCommand& command, const ServerOptions& server) {
  const absl::StatusOr<Client> client = Connect(server, kShortCall);
  if (!client.ok()) return FailUsage(std::string(client.status().message()));
  const absl::StatusOr<v1::Function> function = client->GetFunction(command.function);
  if (!function.ok()) return Fail("", Explain(function.status(), server));
  std::fputs((command.json ? ToJson(*function) : Description(*function)).c_str(), stdout);
  return kSucceeded;
}

}  // namespace actserve::client
