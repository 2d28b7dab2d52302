#include "tests/e2e/server_process.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

extern char** environ;

namespace actserve {
namespace {

// "time=… event=ready threads=2 message=\"two words\"" as a map. Quoted values lose their quotes; escapes stay.
std::map<std::string, std::string> ParseLine(const std::string& line) {
  std::map<std::string, std::string> fields;
  for (size_t at = 0; at < line.size();) {
    const size_t equals = line.find('=', at);
    if (equals == std::string::npos) break;
    const std::string key = line.substr(at, equals - at);
    size_t end = equals + 1;
    const bool quoted = end < line.size() && line[end] == '"';
    if (quoted) {
      for (++end; end < line.size() && line[end] != '"'; ++end) end += line[end] == '\\';
      fields[key] = line.substr(equals + 2, end - equals - 2);
      ++end;
    } else {
      end = std::min(line.find(' ', end), line.size());
      fields[key] = line.substr(equals + 1, end - equals - 1);
    }
    at = end + 1;
  }
  return fields;
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> flags) : ServerProcess(ACTSERVE_BINARY, std::move(flags)) {}

ServerProcess::ServerProcess(std::string program, std::vector<std::string> flags) {
  flags.insert(flags.begin(), std::move(program));
  std::vector<char*> argv;
  argv.reserve(flags.size() + 1);
  for (std::string& flag : flags) argv.push_back(flag.data());
  argv.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  if (posix_spawn(&pid_, argv.front(), &actions, nullptr, argv.data(), environ) != 0) std::abort();
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  reader_ = std::thread([this, fd = ends[0]] { Read(fd); });
}

ServerProcess::~ServerProcess() {
  if (!reaped_) {
    Signal(SIGKILL);
    Wait();
  }
  reader_.join();
}

void ServerProcess::Read(int fd) {
  std::string pending;
  char buffer[4096];
  for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) {
    pending.append(buffer, n);
    std::lock_guard lock(mutex_);
    for (size_t end; (end = pending.find('\n')) != std::string::npos; pending.erase(0, end + 1)) {
      lines_.push_back(pending.substr(0, end));
    }
    changed_.notify_all();
  }
  close(fd);
  std::lock_guard lock(mutex_);
  if (!pending.empty()) lines_.push_back(pending);
  closed_ = true;
  changed_.notify_all();
}

bool ServerProcess::WaitFor(const std::string& event, int times) {
  const auto seen = [&] {
    return std::count_if(lines_.begin(), lines_.end(),
                         [&](const auto& line) { return ParseLine(line)["event"] == event; }) >= times;
  };
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::minutes(1), [&] { return closed_ || seen(); });
  return seen();
}

std::map<std::string, std::string> ServerProcess::Find(const std::string& event) {
  std::lock_guard lock(mutex_);
  for (const std::string& line : lines_) {
    auto fields = ParseLine(line);
    if (fields["event"] == event) return fields;
  }
  return {};
}

std::vector<std::string> ServerProcess::Addresses() {
  std::lock_guard lock(mutex_);
  std::vector<std::string> addresses;
  for (const std::string& line : lines_) {
    auto fields = ParseLine(line);
    if (fields["event"] == "listening") addresses.push_back(fields["address"]);
  }
  return addresses;
}

void ServerProcess::Signal(int signal) { kill(pid_, signal); }

int ServerProcess::Wait() {
  if (!reaped_) {
    int status = 0;
    waitpid(pid_, &status, 0);
    reaped_ = true;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_; });
  }
  return exit_code_;
}

std::string ServerProcess::Output() {
  std::lock_guard lock(mutex_);
  std::string output;
  for (const std::string& line : lines_) output += line + "\n";
  return output;
}

Finished RunServer(const std::vector<std::string>& flags) {
  ServerProcess server(flags);
  const int exit_code = server.Wait();
  return {exit_code, server.Output()};
}

}  // namespace actserve
