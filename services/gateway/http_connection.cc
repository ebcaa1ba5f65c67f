#include "services/gateway/http_connection.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/gateway/answers.h"
#include "services/gateway/request_reader.h"

namespace headway::gateway {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr size_t kReadBytes = 16384;
// What a client may send ahead of the answer that it waits for.
constexpr size_t kAheadBytes = 16384;
// How long a refused client may go on sending before the connection closes. Without that its answer would be lost.
constexpr absl::Duration kLinger = absl::Seconds(5);

Answer TooSlow() {
  return HttpError(408, absl::StatusCode::kDeadlineExceeded, "the request took too long to come", "");
}

Answer CannotExpect() {
  return HttpError(417, absl::StatusCode::kInvalidArgument, "nothing but 100-continue can be expected", "");
}

class Connection final : public HttpConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, ConnectionSet* set) : socket_(std::move(socket)), set_(set) {}

  void Begin() override {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    set_->open.insert(shared_from_this());
    set_->handler->OnConnections(++*set_->count);
    NextRequest(set_->limits->header_within);
    Read();
  }

  void BeginRefusing(Answer answer) override {
    Begin();
    Refuse(std::move(answer));
  }

  void Tick(absl::Time now) override {
    switch (phase_) {
      case Phase::kReading:
        if (now > deadline_) {
          has_begun_ ? Refuse(TooSlow()) : Close();
        } else if (!has_begun_ && *set_->draining) {
          Close();
        }
        break;
      case Phase::kAnswering:
        if (writing_ && now > deadline_) return Close();
        Flush();
        break;
      case Phase::kLingering:
        if (now > deadline_) Close();
        break;
      case Phase::kClosed:
        break;
    }
  }

  void Close() override {
    if (phase_ == Phase::kClosed) return;
    const auto self = shared_from_this();
    phase_ = Phase::kClosed;
    error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
    FinishExchange(true);
    set_->open.erase(self);
    set_->handler->OnConnections(--*set_->count);
  }

 private:
  enum class Phase { kReading, kAnswering, kLingering, kClosed };

  // Reading. There is always one read under way, so that a client that goes is noticed, unless it sent too much ahead.

  void NextRequest(absl::Duration wait) {
    reader_ = std::make_unique<RequestReader>(set_->limits->header_bytes,
                                              [this](absl::string_view piece) { return OnBody(piece); });
    has_begun_ = false;
    phase_ = Phase::kReading;
    deadline_ = absl::Now() + wait;
  }

  void Read() {
    if (reading_ || phase_ == Phase::kClosed || (phase_ == Phase::kAnswering && ahead_.size() >= kAheadBytes)) return;
    reading_ = true;
    socket_.async_read_some(asio::buffer(in_), [self = shared_from_this()](error_code error, size_t bytes) {
      self->reading_ = false;
      error ? self->Close() : self->OnRead(absl::string_view(self->in_.data(), bytes));
    });
  }

  void OnRead(absl::string_view bytes) {
    switch (phase_) {
      case Phase::kReading:
        if (ahead_.empty()) {
          ahead_ = std::string(Consume(bytes));
        } else {
          absl::StrAppend(&ahead_, bytes);
          ConsumeAhead();
        }
        break;
      case Phase::kAnswering:
        absl::StrAppend(&ahead_, bytes);
        break;
      default:
        break;  // of no interest any more
    }
    Read();
  }

  void ConsumeAhead() {
    const std::string bytes = std::exchange(ahead_, {});
    ahead_ = std::string(Consume(bytes));
  }

  // Returns what is left over: the beginning of a line, or of the next request.
  absl::string_view Consume(absl::string_view bytes) {
    if (!has_begun_) {
      has_begun_ = true;
      deadline_ = absl::Now() + set_->limits->header_within;
    }
    while (phase_ == Phase::kReading) {
      switch (reader_->Read(&bytes)) {
        case RequestReader::Found::kNothing:
          return bytes;
        case RequestReader::Found::kHead:
          OnHead();
          break;
        case RequestReader::Found::kEnd:
          OnRequest();
          break;
        case RequestReader::Found::kRefused:
          Refuse(*std::exchange(refused_, std::nullopt));
          break;
        case RequestReader::Found::kFault:
          Refuse(reader_->fault());
          break;
      }
    }
    return bytes;
  }

  void OnHead() {
    keep_alive_ = reader_->keep_alive();
    is_http_1_0_ = reader_->is_http_1_0();
    const RequestHead head = reader_->head();
    const absl::string_view expected = Find(head.headers, "expect");
    if (!expected.empty() && !absl::EqualsIgnoreCase(expected, "100-continue")) return Refuse(CannotExpect());
    NewResponse();
    auto outcome = set_->handler->OnHead(head, response_);
    if (auto* answer = std::get_if<Answer>(&outcome)) return Refuse(std::move(*answer));
    exchange_ = std::get<std::shared_ptr<Exchange>>(std::move(outcome));
    deadline_ = absl::Now() + set_->limits->body_within;
    if (!expected.empty() && !reader_->is_whole()) Continue();
  }

  bool OnBody(absl::string_view piece) {
    if (!refused_) refused_ = exchange_->OnBody(piece);
    return !refused_;
  }

  void OnRequest() {
    phase_ = Phase::kAnswering;
    if (auto answer = exchange_->OnRequest()) Refuse(*std::move(answer));
  }

  // Answering.

  void NewResponse() {
    response_ = std::make_shared<ResponseBuffer>(set_->limits->high_water_bytes,
                                                 [weak = weak_from_this(), executor = socket_.get_executor()] {
                                                   asio::post(executor, [weak] {
                                                     if (const auto self = weak.lock()) self->Flush();
                                                   });
                                                 });
    is_chunked_ = false;
  }

  // An answer instead of going on. Where the request has not come whole, the connection ends with it.
  void Refuse(Answer answer) {
    if (phase_ == Phase::kClosed) return;
    const bool is_whole = reader_->is_whole();
    phase_ = Phase::kAnswering;
    if (!is_whole) keep_alive_ = false;
    lingers_ = !is_whole;
    FinishExchange(true);
    NewResponse();
    response_->Start(std::move(answer.head));
    response_->End([&answer](std::string* out) { *out = std::move(answer.body); });
    Flush();
  }

  void Continue() {
    static constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    Write({asio::buffer(kContinue.data(), kContinue.size())}, false);
  }

  // Writes all that waits, unless a write is under way: that one comes back here.
  void Flush() {
    if (writing_ || phase_ != Phase::kAnswering || response_ == nullptr) return;
    ResponseBuffer::Part part = response_->Take(std::move(out_));
    out_ = std::move(part.bytes);
    before_.clear();
    if (part.head) AppendHead(*part.head, part.is_last);
    absl::string_view after;
    if (is_chunked_) {
      if (!out_.empty()) absl::StrAppend(&before_, absl::Hex(out_.size()), "\r\n");
      after = part.is_last ? (out_.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n") : (out_.empty() ? "" : "\r\n");
    }
    if (before_.empty() && out_.empty() && after.empty() && !part.is_last) return;
    Write({asio::buffer(before_), asio::buffer(out_), asio::buffer(after.data(), after.size())}, part.is_last);
  }

  void AppendHead(const ResponseHead& head, bool is_whole) {
    status_ = head.status;
    absl::StrAppend(&before_, "HTTP/1.1 ", head.status, " ", ReasonOf(head.status), "\r\n");
    for (const auto& [name, value] : head.headers) absl::StrAppend(&before_, name, ": ", value, "\r\n");
    if (is_whole) {
      if (head.status != 204) absl::StrAppend(&before_, "content-length: ", out_.size(), "\r\n");
    } else if (is_http_1_0_) {
      keep_alive_ = false;  // the end of the connection is the end of the answer
    } else {
      is_chunked_ = true;
      absl::StrAppend(&before_, "transfer-encoding: chunked\r\n");
    }
    if (*set_->draining) keep_alive_ = false;
    if (!keep_alive_) {
      absl::StrAppend(&before_, "connection: close\r\n");
    } else if (is_http_1_0_) {
      absl::StrAppend(&before_, "connection: keep-alive\r\n");
    }
    absl::StrAppend(&before_, "\r\n");
  }

  void Write(std::array<asio::const_buffer, 3> buffers, bool is_last) {
    writing_ = true;
    // While a request is being read, its own time goes on.
    if (phase_ == Phase::kAnswering) deadline_ = absl::Now() + set_->limits->write_stalled;
    asio::async_write(socket_, buffers, [self = shared_from_this(), is_last](error_code error, size_t) {
      self->writing_ = false;
      if (error) return self->Close();
      if (self->phase_ == Phase::kAnswering) self->OnWritten(is_last);
    });
  }

  void OnWritten(bool is_last) {
    if (is_last) return OnAnswered();
    if (response_->Written() && exchange_ != nullptr) exchange_->OnRoom();
    Flush();
  }

  void OnAnswered() {
    set_->handler->OnAnswered(status_);
    FinishExchange(false);
    response_.reset();
    if (*set_->draining) keep_alive_ = false;
    if (lingers_) return Linger();
    if (!keep_alive_) return Close();
    NextRequest(set_->limits->idle);
    if (!ahead_.empty()) ConsumeAhead();
    Read();
  }

  void FinishExchange(bool lost) {
    if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->OnDone(lost);
  }

  void Linger() {
    phase_ = Phase::kLingering;
    deadline_ = absl::Now() + kLinger;
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    ahead_.clear();
    Read();
  }

  Socket socket_;
  ConnectionSet* const set_;
  Phase phase_ = Phase::kReading;
  absl::Time deadline_ = absl::InfiniteFuture();  // of the phase; while answering, of the write under way
  bool reading_ = false;
  bool writing_ = false;
  std::array<char, kReadBytes> in_;
  std::string ahead_;  // came, and not used yet

  std::unique_ptr<RequestReader> reader_;
  bool has_begun_ = false;         // something of the request has come
  std::optional<Answer> refused_;  // by the exchange, while the reader is at work
  std::shared_ptr<Exchange> exchange_;

  std::shared_ptr<ResponseBuffer> response_;
  int status_ = 0;
  bool keep_alive_ = false;
  bool is_http_1_0_ = false;
  bool is_chunked_ = false;
  bool lingers_ = false;
  std::string before_, out_;  // being written
};

}  // namespace

std::shared_ptr<HttpConnection> MakeHttpConnection(Socket socket, ConnectionSet* set) {
  return std::make_shared<Connection>(std::move(socket), set);
}

}  // namespace headway::gateway
