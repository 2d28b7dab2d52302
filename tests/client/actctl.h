// Runs actctl against a service of the test's own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/npy/npy.h"
#include "gtest/gtest.h"
#include "tests/client/fake_service.h"
#include "tests/client/process.h"

namespace actserve::testing {

class ActctlTest : public ::testing::Test {
 protected:
  Finished Actctl(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::vector<std::string> argv = {ACTCTL_BINARY};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return RunProcess(argv, input, {"ACTSERVE_SERVER=" + server_.address()});
  }

  // A file of the test's folder, from and to a tensor.
  std::string Save(const std::string& name, const client::Tensor& tensor) {
    const std::string path = folder_ / name;
    EXPECT_TRUE(client::WriteNpy(client::ToNpy(tensor), path).ok()) << path;
    return path;
  }
  client::Tensor Load(const std::string& name) {
    absl::StatusOr<client::NpyArray> array = client::ReadNpy(folder_ / name);
    if (!array.ok()) {
      ADD_FAILURE() << array.status();
      return client::Tensor();
    }
    return *client::ToTensor(*std::move(array), client::Uint16::kIsBF16);
  }

  FakeServer server_;
  TemporaryFolder folder_;
};

}  // namespace actserve::testing
