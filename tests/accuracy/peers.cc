#include <vector>

#include "tests/accuracy/peer.h"

namespace actserve::accuracy {

// Defined in peer_<name>.cc.
Peer OneDnn();
Peer PyTorch();

std::span<const Peer> Peers() {
  static const std::vector<Peer>* const peers = [] {
    auto* list = new std::vector<Peer>;
#ifdef ACT_PEER_ONEDNN
    list->push_back(OneDnn());
#endif
#ifdef ACT_PEER_PYTORCH
    list->push_back(PyTorch());
#endif
    return list;
  }();
  return *peers;
}

}  // namespace actserve::accuracy
