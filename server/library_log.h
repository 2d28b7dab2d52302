// The log lines of the libraries below us, among ours.
#pragma once

namespace actserve {

// Makes gRPC and protobuf log through log.h (event=grpc, event=protobuf) instead of in formats of their own, where
// their versions allow. What protobuf says of messages that clients sent is for debugging only: they get the error
// themselves. Before the first use of either.
void RouteLibraryLogs();

}  // namespace actserve
