#include "tests/bench/service/streams.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <deque>

#include "tests/bench/service/pace.h"
#include "tests/bench/service/unary_call.h"

namespace actserve::bench::service {
namespace {

// One stream: writes a message for each that it has leave to begin, reads answers all the while.
class Stream {
 public:
  Stream(const Load& load, const std::shared_ptr<grpc::Channel>& channel, int in_flight, Pace& pace,
         grpc::CompletionQueue& queue)
      : load_(load), pace_(pace), unwritten_(in_flight), stub_(channel) {
    stream_ = stub_.PrepareCall(&context_, load.method, &queue);
    stream_->StartCall(&opened_);
  }

  // Something has ended; false after the last.
  bool Proceed(void* tag, bool ok) {
    if (tag == &finished_) {
      if (!status_.ok()) pace_.Fail(ToAbsl(status_));
      return false;
    }
    if (tag == &read_) return Read(ok), true;
    if (tag == &opened_ && ok) stream_->Read(&answer_, &read_);
    if (tag == &opened_ && !ok) stream_->Finish(&status_, &finished_);
    if (tag != &closed_ && ok) writing_ = false, Write();
    return true;
  }

  bool Owns(void* tag) const {
    return tag == &opened_ || tag == &read_ || tag == &written_ || tag == &closed_ || tag == &finished_;
  }

 private:
  void Read(bool ok) {
    if (!ok) return stream_->Finish(&status_, &finished_);
    const Clock::time_point now = Clock::now();
    pace_.CountAnswer(begun_.front(), now, answer_);
    begun_.pop_front();
    ++unwritten_;
    stream_->Read(&answer_, &read_);
    if (!writing_) Write();
  }

  void Write() {
    if (unwritten_ == 0 || closing_) return;
    const Clock::time_point now = Clock::now();
    writing_ = true;
    if (pace_.MayBegin(now)) {
      --unwritten_;
      begun_.push_back(now);
      stream_->Write(load_.message, &written_);
    } else {
      closing_ = true;
      stream_->WritesDone(&closed_);
    }
  }

  const Load& load_;
  Pace& pace_;
  int unwritten_;  // messages that may be in flight and are not
  bool writing_ = true, closing_ = false;
  std::deque<Clock::time_point> begun_;  // of messages without an answer yet, which come in the same order
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  char opened_ = 0, read_ = 0, written_ = 0, closed_ = 0, finished_ = 0;  // their addresses are the tags
};

}  // namespace

absl::StatusOr<Turn> DriveStreams(const Load& load, const Channels& channels, absl::Duration least,
                                  int64_t least_calls) {
  Pace pace(load, least, least_calls);
  grpc::CompletionQueue queue;
  std::deque<Stream> streams;
  const int count = static_cast<int>(channels.size());
  for (int i = 0; i < count; ++i)
    streams.emplace_back(load, channels[i], load.in_flight / count + (i < load.in_flight % count ? 1 : 0), pace, queue);
  void* tag = nullptr;
  size_t open = streams.size();
  for (bool ok = false; open > 0 && queue.Next(&tag, &ok);) {
    for (Stream& stream : streams) {
      if (stream.Owns(tag) && !stream.Proceed(tag, ok)) --open;
    }
  }
  queue.Shutdown();
  for (bool ok = false; queue.Next(&tag, &ok);) {
  }
  return std::move(pace).Take();
}

}  // namespace actserve::bench::service
