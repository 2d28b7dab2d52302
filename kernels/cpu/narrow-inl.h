// Which way element-wise functions of f32, f16 and bf16 elements take. Without an include guard: see family.cc.

// Whether every parameter has its default.
template <class F>
bool AreDefaults(const KernelParams& params) {
  const auto* values = static_cast<const float*>(params.values);
  for (size_t i = 0; i < F::kInfo.params.size(); ++i) {
    if (values[i * params.stride] != static_cast<float>(F::kInfo.params[i].fallback)) return false;
  }
  return true;
}

template <class F, Direction kDirection, class E>
ACT_LOOP void NarrowElements(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
  constexpr bool kIsFloat = std::is_same_v<E, float>;
  if constexpr (RoundingOf<F>() != Rounding::kMany) {
    if constexpr (kIsFloat) {
      return RunFloats<kDirection, Directly<F, kDirection>>(x, dy, y, n, params);
    } else {
      return RunHalves<F, kDirection, E, HalvesDirectly<F, kDirection>>(x, dy, y, n, params);
    }
  } else {
    if constexpr (requires { typename F::ValueTable; }) {
      if (AreDefaults<F>(params)) {
        if constexpr (kIsFloat) {
          return RunFloats<kDirection, ByTable<F, kDirection>>(x, dy, y, n, params);
        } else if constexpr (IsFactor<F>()) {
          return RunHalves<F, kDirection, E, HalvesFinely<F, kDirection>>(x, dy, y, n, params);
        } else {
          using Table = TableOf<F, kDirection>;
          using Coarse =
              std::conditional_t<std::is_same_v<E, hwy::bfloat16_t>, typename Table::ForBF16, typename Table::ForF16>;
          return RunHalves<F, kDirection, E, HalvesByTable<Coarse>>(x, dy, y, n, params);
        }
      }
    }
    Precisely<F, kDirection, E>(x, dy, y, params).Run(n);
  }
}
