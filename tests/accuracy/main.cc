// accuracy_run: how far the kernels' results are from the exact ones. `./dev accuracy` builds and runs it.
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "tests/accuracy/peer.h"
#include "tests/accuracy/report.h"
#include "tests/accuracy/runner.h"

namespace actserve::accuracy {
namespace {

struct Options {
  Scope scope;
  std::vector<std::string> functions;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::string state, corpus, page, json, revision;
  bool restart = false;
};

std::atomic<bool> stop = false;

int Fail(const absl::Status& status) {
  std::cerr << "accuracy: " << status.message() << "\n";
  return 1;
}

absl::Status Write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError("cannot write " + path);
}

std::string Today() {
  const std::time_t now = std::time(nullptr);
  char text[16];
  std::strftime(text, sizeof(text), "%Y-%m-%d", std::gmtime(&now));
  return text;
}

// What the results in a state file depend on.
std::string Heading(const Options& options) {
  std::string heading =
      absl::StrFormat("actserve accuracy: program %s, %s", ProgramDigest(), options.scope.quick ? "quick" : "full");
  for (const Peer& peer : Peers()) heading += absl::StrFormat(", %s %s", peer.name, peer.version);
  return heading;
}

absl::Status UpdateCorpus(const std::vector<Row>& rows, const std::string& path, Corpus corpus) {
  for (const Row& row : rows) {
    if (!row.subject.reference().pointwise || row.kernels().max_ulp <= 0.5) continue;  // an input is one number
    corpus.Add(row.subject, row.kernels().worst_code);
  }
  return corpus.Save(path);
}

int Run(Options& options) {
  for (const std::string& name : options.functions) {
    const Function* function = FindFunction(name);
    if (function == nullptr) return Fail(absl::NotFoundError(absl::StrFormat("there is no function '%s'", name)));
    options.scope.functions.push_back(function);
  }
  if (options.functions.empty()) {
    for (const Function& function : Functions()) options.scope.functions.push_back(&function);
  }
  const absl::StatusOr<Corpus> corpus = Corpus::Load(options.corpus);
  if (!corpus.ok()) return Fail(corpus.status());
  if (options.restart) std::filesystem::remove(options.state);
  absl::StatusOr<State> state = State::Open(options.state, Heading(options));
  if (!state.ok()) return Fail(state.status());

  const std::vector<Job> jobs = MakePlan(options.scope, *corpus);
  std::signal(SIGINT, [](int) { stop = true; });
  std::signal(SIGTERM, [](int) { stop = true; });
  const absl::Status status = RunJobs(jobs, options.threads, stop, *state);
  if (!status.ok()) return Fail(status);

  const std::vector<Row> rows = Summarise(jobs, *state);
  const std::string revision = options.revision.empty() ? "" : absl::StrFormat(" (%s)", options.revision);
  const Circumstances circumstances{ACTSERVE_VERSION + revision, Today(), options.scope.quick};
  std::cout << Tables(rows) << std::flush;
  if (!options.json.empty()) {
    if (const absl::Status written = Write(options.json, Json(rows, circumstances)); !written.ok())
      return Fail(written);
  }
  if (!options.page.empty()) {
    if (const absl::Status written = Write(options.page, Page(rows, circumstances)); !written.ok())
      return Fail(written);
  }
  if (const absl::Status saved = UpdateCorpus(rows, options.corpus, *corpus); !saved.ok()) return Fail(saved);
  return 0;
}

}  // namespace
}  // namespace actserve::accuracy

int main(int argc, char** argv) {
  actserve::accuracy::Options options;
  CLI::App app("Measures how far results are from the exact ones.");
  app.add_flag("--quick", options.scope.quick,
               "a stratified sample instead of every f32 number; smaller samples of f64");
  app.add_option("--functions", options.functions, "only these, separated by commas")->delimiter(',');
  app.add_option("--json", options.json, "write the figures there, too");
  app.add_option("--page", options.page, "write docs/accuracy.md there");
  app.add_option("--threads", options.threads, "default: one for each core")->check(CLI::PositiveNumber);
  app.add_option("--state", options.state, "results so far, from which a run that was stopped goes on")->required();
  app.add_option("--corpus", options.corpus, "the worst inputs so far: read, and updated")->required();
  app.add_option("--revision", options.revision, "of the sources, for the page");
  app.add_flag("--restart", options.restart, "forget the results so far");
  CLI11_PARSE(app, argc, argv);
  return actserve::accuracy::Run(options);
}
