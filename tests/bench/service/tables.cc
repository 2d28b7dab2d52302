#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/service/goals.h"
#include "tests/bench/service/report.h"

namespace actserve::bench::service {
namespace {

using Row = std::vector<std::string>;

constexpr double kMicro = 1e6, kMebi = 1 << 20;

// Three digits, in as many places as it takes.
std::string Short(double value) { return absl::StrFormat("%.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value); }

std::string Over(const Entrant* entrant, const Entrant* other, const Figure& figure) {
  return entrant && other ? absl::StrFormat("%.2f", Ratio(*entrant, *other, figure)) : "";
}

Row PayloadRow(const Result& result) {
  const Entrant& ours = *result.Find(kOurs);
  const Entrant* echo = result.Find(kEcho);
  const double calls = Typical(ours, CallsPerSecond), cpu = Typical(ours, CpuPerCall),
               bytes = static_cast<double>(ours.bytes);
  return {absl::StrCat(result.subject.payload, " x ", result.subject.in_flight),
          Short(calls),
          Over(&ours, echo, CallsPerSecond),
          Short(calls * bytes * 1e-6),
          Short(Typical(ours, P50) * kMicro),
          Over(&ours, echo, P50),
          Short(Typical(ours, P99) * kMicro),
          Over(&ours, echo, P99),
          Short(ours.p999 * kMicro),
          Short(cpu * kMicro),
          Over(&ours, echo, CpuPerCall),
          Short(cpu / bytes * 1e9),
          Short(ours.kernel_seconds * kMicro),
          Short(static_cast<double>(ours.resident_bytes) / kMebi),
          Short(static_cast<double>(ours.peak_bytes) / kMebi)};
}

// A table for each rpc and transport.
void AddPayloads(const Report& report, std::vector<measure::Table>& tables) {
  const Row header = {"payload x calls", "calls/s", "/echo", "MB/s", "p50 us",    "/echo", "p99 us", "/echo",
                      "p99.9 us",        "CPU us",  "/echo", "s/GB", "kernel us", "MiB",   "peak"};
  std::map<std::pair<std::string, std::string>, measure::Table> by_rpc;
  for (const Result& result : report.results) {
    const Subject& subject = result.subject;
    if (subject.group != "payload" || result.Find(kOurs) == nullptr) continue;
    measure::Table& table = by_rpc[{subject.rpc, subject.transport}];
    table.title = absl::StrFormat("%s over %s", subject.rpc, subject.transport);
    table.header = header;
    table.rows.push_back(PayloadRow(result));
  }
  for (auto& [key, table] : by_rpc) tables.push_back(std::move(table));
}

// What the echo does by itself.
void AddEcho(const Report& report, std::vector<measure::Table>& tables) {
  measure::Table table{.title = "The echo by itself",
                       .header = {"contest", "calls/s", "MB/s", "p50 us", "p99 us", "p99.9 us", "CPU us"},
                       .rows = {}};
  for (const Result& result : report.results) {
    const Entrant* echo = result.Find(kEcho);
    if (result.subject.group != "payload" || echo == nullptr) continue;
    const double calls = Typical(*echo, CallsPerSecond);
    const Subject& subject = result.subject;
    table.rows.push_back(
        {absl::StrFormat("%s, %s, %s x %d", subject.rpc, subject.transport, subject.payload, subject.in_flight),
         Short(calls), Short(calls * static_cast<double>(echo->bytes) * 1e-6), Short(Typical(*echo, P50) * kMicro),
         Short(Typical(*echo, P99) * kMicro), Short(echo->p999 * kMicro), Short(Typical(*echo, CpuPerCall) * kMicro)});
  }
  if (!table.rows.empty()) tables.push_back(std::move(table));
}

void AddBatches(const Report& report, std::vector<measure::Table>& tables) {
  for (const Result& result : report.results) {
    if (result.subject.group != "batch") continue;
    measure::Table table{
        .title = absl::StrFormat("Batches of items of %s over %s, %d calls in flight", result.subject.payload,
                                 result.subject.transport, result.subject.in_flight),
        .header = {"items", "calls/s", "/echo", "items/s", "/one item", "p50 us", "/echo", "CPU us an item"},
        .rows = {}};
    for (const Entrant& ours : result.entrants) {
      if (ours.server != kOurs) continue;
      const Entrant* echo = result.Find(kEcho, ours.form);
      table.rows.push_back({ours.form, Short(Typical(ours, CallsPerSecond)), Over(&ours, echo, CallsPerSecond),
                            Short(Typical(ours, ItemsPerSecond)), Over(&ours, result.Find(kOurs, "1"), ItemsPerSecond),
                            Short(Typical(ours, P50) * kMicro), Over(&ours, echo, P50),
                            Short(Typical(ours, CpuPerCall) * kMicro / static_cast<double>(ours.items))});
    }
    tables.push_back(std::move(table));
  }
}

void AddStreams(const Report& report, std::vector<measure::Table>& tables) {
  measure::Table table{
      .title = "Streams of requests of 64 B",
      .header = {"calls in flight", "calls/s", "/unary", "echo /unary", "/echo", "p50 us", "/echo", "CPU us", "/unary"},
      .rows = {}};
  for (const Result& result : report.results) {
    const Entrant *ours = result.Find(kOurs, kStream), *unary = result.Find(kOurs, kUnary),
                  *echo = result.Find(kEcho, kStream);
    if (result.subject.group != "stream" || ours == nullptr) continue;
    table.rows.push_back({absl::StrFormat("%s, %d", result.subject.transport, result.subject.in_flight),
                          Short(Typical(*ours, CallsPerSecond)), Over(ours, unary, CallsPerSecond),
                          Over(echo, result.Find(kEcho, kUnary), CallsPerSecond), Over(ours, echo, CallsPerSecond),
                          Short(Typical(*ours, P50) * kMicro), Over(ours, echo, P50),
                          Short(Typical(*ours, CpuPerCall) * kMicro), Over(ours, unary, CpuPerCall)});
  }
  if (!table.rows.empty()) tables.push_back(std::move(table));
}

// Answers of relu without their zeros beside dense ones.
void AddZeros(const Report& report, std::vector<measure::Table>& tables) {
  measure::Table table{
      .title = "relu with output_encoding AUTO, beside dense",
      .header = {"payload", "answer", "/dense", "calls/s", "/dense", "p50 us", "/dense", "CPU us", "/dense"},
      .rows = {}};
  for (const Result& result : report.results) {
    const Entrant *dense = result.Find(kOurs, "dense"), *sparse = result.Find(kOurs, "auto");
    if (result.subject.group != kZerosGroup || dense == nullptr || sparse == nullptr) continue;
    table.rows.push_back(
        {result.subject.payload, absl::StrFormat("%d KiB", sparse->answer_bytes >> 10),
         absl::StrFormat("%.2f", static_cast<double>(sparse->answer_bytes) / static_cast<double>(dense->answer_bytes)),
         Short(Typical(*sparse, CallsPerSecond)), Over(sparse, dense, CallsPerSecond),
         Short(Typical(*sparse, P50) * kMicro), Over(sparse, dense, P50), Short(Typical(*sparse, CpuPerCall) * kMicro),
         Over(sparse, dense, CpuPerCall)});
  }
  if (!table.rows.empty()) tables.push_back(std::move(table));
}

// Calls a second of echoes, and their CPU time, beside those of the first transport.
void AddTransports(const Report& report, std::string title, const Figure& figure, std::vector<measure::Table>& tables) {
  measure::Table table{.title = std::move(title), .header = {"payload x calls"}, .rows = {}};
  for (const Result& result : report.results) {
    if (result.subject.group != kTransportGroup) continue;
    const Entrant& usual = result.entrants.front();
    const Subject& subject = result.subject;
    Row row = {absl::StrFormat("%s, %s x %d", subject.transport, subject.payload, subject.in_flight)};
    for (const Entrant& entrant : result.entrants) {
      if (&entrant == &usual) continue;
      if (table.rows.empty()) table.header.push_back(entrant.server);
      row.push_back(Over(&entrant, &usual, figure));
    }
    table.rows.push_back(std::move(row));
  }
  if (!table.rows.empty()) tables.push_back(std::move(table));
}

void AddOverload(const Overload& overload, std::vector<measure::Table>& tables) {
  measure::Table table{.title = "Four times the load, and a load at capacity",
                       .header = {"load", "answered/s", "p99 us", "answered", "refused", "failed"},
                       .rows = {}};
  table.rows.push_back({"closed loop", Short(overload.peak), Short(overload.p99_at_peak * kMicro), "", "", ""});
  table.rows.push_back({"open loop", Short(overload.goodput), Short(overload.p99 * kMicro),
                        absl::StrCat(overload.answered), absl::StrCat(overload.refused),
                        absl::StrCat(overload.failed)});
  tables.push_back(std::move(table));
}

void AddCrowd(const Crowd& crowd, std::vector<measure::Table>& tables) {
  measure::Table table{.title = "64 clients of 16 MiB each, 256 MiB in flight: MiB resident",
                       .header = {"before", "most", "after", "answered", "refused", "failed"},
                       .rows = {}};
  std::vector<std::string> row;
  for (const int64_t bytes : {crowd.before_bytes, crowd.peak_bytes, crowd.after_bytes})
    row.push_back(Short(static_cast<double>(bytes) / kMebi));
  for (const int64_t calls : {crowd.answered, crowd.refused, crowd.failed}) row.push_back(absl::StrCat(calls));
  table.rows.push_back(std::move(row));
  tables.push_back(std::move(table));
}

}  // namespace

std::string Heading(const Report& report) {
  return absl::StrFormat("actserve %s on %s, gRPC %s; %d processors of %s; %s%s.\n", report.version, report.target,
                         report.grpc, report.processors, report.machine.ToString(), report.date,
                         report.quick ? "; quick, so with more noise" : "");
}

std::vector<measure::Table> Tables(const Report& report) {
  std::vector<measure::Table> tables = {GoalTable(JudgeGoals(report))};
  AddPayloads(report, tables);
  AddBatches(report, tables);
  AddStreams(report, tables);
  AddZeros(report, tables);
  if (report.overload) AddOverload(*report.overload, tables);
  if (report.crowd) AddCrowd(*report.crowd, tables);
  AddEcho(report, tables);
  AddTransports(report, "Transports: calls/s of an echo, over those with one queue and reads of 1 MiB", CallsPerSecond,
                tables);
  AddTransports(report, "Transports: p99 of a call to an echo, over the same", P99, tables);
  AddTransports(report, "Transports: CPU a call of an echo, over the same", CpuPerCall, tables);
  return tables;
}

}  // namespace actserve::bench::service
