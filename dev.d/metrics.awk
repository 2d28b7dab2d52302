# Reads actserve's metrics (Prometheus text format); prints latency by RPC and latency and throughput by function.

function label(name,    at) {
  at = match($0, "[{,]" name "=\"[^\"]*\"")
  return at ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
}

function metric() { return substr($1, 1, match($1 "{", "{") - 1) }

# A duration in the unit that suits it.
function duration(seconds) {
  if (seconds < 1e-3) return sprintf("%.1f us", seconds * 1e6)
  return seconds < 1 ? sprintf("%.2f ms", seconds * 1e3) : sprintf("%.2f s", seconds)
}

# The quantile, taking observations to be spread evenly within a bucket, as Prometheus's histogram_quantile does.
function quantile(rpc, q,    i, rank, below, lower) {
  rank = q * count[rpc]
  below = 0
  lower = 0
  for (i = 1; i <= buckets[rpc]; ++i) {
    if (cumulative[rpc, i] >= rank) {
      if (bound[rpc, i] == "+Inf") return ">" duration(lower)
      return duration(lower + (bound[rpc, i] - lower) * (rank - below) / (cumulative[rpc, i] - below))
    }
    below = cumulative[rpc, i]
    lower = bound[rpc, i]
  }
  return "-"
}

/^#/ || NF < 2 { next }
{ name = metric() }

name == "actserve_request_duration_seconds_bucket" {
  rpc = label("rpc")
  i = ++buckets[rpc]
  bound[rpc, i] = label("le")
  cumulative[rpc, i] = $NF
}
name == "actserve_request_duration_seconds_sum" { sum[label("rpc")] = $NF }
name == "actserve_request_duration_seconds_count" {
  rpc = label("rpc")
  count[rpc] = $NF
  if ($NF > 0) rpcs[++rpc_count] = rpc
}

name ~ /^actserve_(items|elements)_total$/ || name ~ /^actserve_kernel_duration_seconds_(sum|count)$/ {
  key = sprintf("%-10s %-12s", label("rpc"), label("function"))
  if ($NF > 0 && !(key in seen)) {
    seen[key] = 1
    keys[++key_count] = key
  }
  total[name, key] += $NF
}

END {
  printf "%-16s %9s %12s %12s %12s\n", "RPC", "requests", "mean", "p50", "p99"
  for (i = 1; i <= rpc_count; ++i) {
    rpc = rpcs[i]
    printf "%-16s %9d %12s %12s %12s\n", rpc, count[rpc], duration(sum[rpc] / count[rpc]), quantile(rpc, 0.5), quantile(rpc, 0.99)
  }
  printf "\n%-10s %-12s %9s %12s %12s %12s\n", "RPC", "function", "items", "elements", "kernel mean", "elements/s *"
  for (i = 1; i <= key_count; ++i) {
    key = keys[i]
    seconds = total["actserve_kernel_duration_seconds_sum", key]
    runs = total["actserve_kernel_duration_seconds_count", key]
    elements = total["actserve_elements_total", key]
    printf "%s %9d %12d %12s %12s\n", key, total["actserve_items_total", key], elements,
        (runs ? duration(seconds / runs) : "-"), (seconds ? sprintf("%.1f M", elements / seconds / 1e6) : "-")
  }
  print "\n* of a thread's time in the kernel"
}
