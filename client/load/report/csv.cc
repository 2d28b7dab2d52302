#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/load/report/report.h"

namespace actserve::load {

// Times in seconds. Numbers and plain words only, so that nothing needs quotes.
std::string ToCsv(const Report& report) {
  std::string text =
      "loop,offered_rate,concurrency,rate,mean,p50,p90,p99,p999,max,answered,failed,unsent,wrong,compared,seconds,"
      "stable,"
      "actload_delay_p99,actload_cores,server_cores,server_request,server_queue,server_kernel,actload_kept_up\n";
  for (const StepReport& step : report.steps) {
    const StepResult& result = step.result;
    const Tally& calls = result.total.calls;
    absl::StrAppend(&text, result.offer.is_open() ? "open" : "closed", ",", result.offer.rate, ",",
                    result.offer.concurrency, ",", absl::StrFormat("%.6g", result.rate));
    absl::StrAppendFormat(&text, ",%.6g", calls.latency.mean() * 1e-9);
    for (const double q : kQuantiles) absl::StrAppendFormat(&text, ",%.6g", calls.latency.Quantile(q) * 1e-9);
    absl::StrAppendFormat(&text, ",%.6g,%d,%d,%d,%d,%d,%.6g,%d,%.6g,%.4g", ToSeconds(calls.latency.max()),
                          calls.answered(), calls.failed(), result.unsent, calls.ends[kWrong], result.total.checked,
                          result.seconds, result.stable ? 1 : 0, result.total.delay.Quantile(0.99) * 1e-9,
                          result.effort.process / result.seconds);
    if (step.server) {
      absl::StrAppendFormat(&text, ",%.4g,%.6g,%.6g,%.6g", step.server->cpu / result.seconds, step.server->request,
                            step.server->queue, step.server->kernel);
    } else {
      absl::StrAppend(&text, ",,,,");
    }
    absl::StrAppend(&text, ",", step.limits.empty() ? 1 : 0, "\n");
  }
  return text;
}

}  // namespace actserve::load
