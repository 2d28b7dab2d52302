// The real binary as a child process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace actserve {

class ServerProcess {
 public:
  // Starts actserve with these flags. Its log is read as text.
  explicit ServerProcess(std::vector<std::string> flags);
  // Starts another program whose log is of the same form.
  ServerProcess(std::string program, std::vector<std::string> flags);
  // Kills it if it still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Waits for so many lines with event=`event`; false if the process ends or a minute passes before.
  bool WaitFor(const std::string& event, int times = 1);
  // What the first such line says: "address" -> "127.0.0.1:4711". Empty if there is none (yet).
  std::map<std::string, std::string> Find(const std::string& event);
  // The addresses of the event=listening lines.
  std::vector<std::string> Addresses();
  std::string MetricsAddress() { return Find("metrics")["address"]; }

  pid_t pid() const { return pid_; }
  void Signal(int signal);
  // Waits for the end; the exit code, or 128 and more for a signal.
  int Wait();
  // All that it wrote to stderr and stdout.
  std::string Output();

 private:
  void Read(int fd);

  pid_t pid_ = -1;
  bool reaped_ = false;
  int exit_code_ = -1;
  std::mutex mutex_;  // guards lines_ and closed_
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  bool closed_ = false;
  std::thread reader_;
};

// Runs actserve with these flags until it exits by itself.
struct Finished {
  int exit_code;
  std::string output;
};
Finished RunServer(const std::vector<std::string>& flags);

}  // namespace actserve
