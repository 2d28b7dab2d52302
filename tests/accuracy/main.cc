#include <chrono>
#include <cstdio>
#include "tests/accuracy/sweep.h"
using namespace actserve;
using namespace actserve::accuracy;
int main(int argc, char** argv) {
  for (auto d : {Direction::kEvaluate, Direction::kGradient}) {
    const Subject s{FindFunction(argv[1]), d, DataType::kF32, 0};
    auto t0 = std::chrono::steady_clock::now();
    Sweep sweep(CurveOf(s), {KernelsOf(s)}, {20, argc > 2 ? atoi(argv[2]) : 1});
    for (int neg = 0; neg < 2; ++neg) for (int e = 0; e < 255; ++e) sweep.Run(Binade(DataType::kF32, neg, e));
    std::printf("%.2f s %s\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count(), sweep.tallies()[0].Text().c_str());
  }
}
