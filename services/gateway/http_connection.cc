#include "services/gateway/http_connection.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace headway::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kReadBytes = 16384;
// What a client may send ahead of the answer that it waits for.
constexpr size_t kAheadBytes = 16384;
// How long a refused client may go on sending before the connection closes. Without that its answer would be lost.
constexpr absl::Duration kLinger = absl::Seconds(5);

// Hands the body on as it comes.
struct SinkBody {
  using value_type = std::function<bool(absl::string_view)>;  // false: refused

  class reader {
   public:
    template <bool IsRequest, typename Fields>
    reader(http::header<IsRequest, Fields>&, value_type& sink) : sink_(sink) {}

    void init(const boost::optional<std::uint64_t>&, error_code& error) { error = {}; }
    template <typename Buffers>
    size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      size_t bytes = 0;
      for (auto it = asio::buffer_sequence_begin(buffers); it != asio::buffer_sequence_end(buffers); ++it) {
        const asio::const_buffer one(*it);
        bytes += one.size();
        if (!sink_(absl::string_view(static_cast<const char*>(one.data()), one.size())))
          error = http::error::body_limit;
      }
      return bytes;
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& sink_;
  };
};

Answer PlainAnswer(int status, absl::string_view text) {
  return {{status, {{"content-type", "text/plain; charset=utf-8"}}}, absl::StrCat(text, "\n")};
}

Answer AnswerTo(const error_code& error) {
  if (error == http::error::header_limit) return PlainAnswer(431, "the header is too long");
  return PlainAnswer(400, absl::StrCat("this is no HTTP request: ", error.message()));
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
          has_begun_ ? Refuse(PlainAnswer(408, "the request took too long to come")) : Close();
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
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(set_->limits->header_bytes));
    parser_->body_limit(
        std::numeric_limits<std::uint64_t>::max());  // the exchange has one; Boost 1.74 takes none for zero
    parser_->get().body() = [this](absl::string_view piece) { return OnBody(piece); };
    has_begun_ = is_head_done_ = false;
    header_bytes_ = 0;
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
    while (phase_ == Phase::kReading && !bytes.empty()) {
      error_code error;
      const size_t used = parser_->put(asio::buffer(bytes.data(), bytes.size()), error);
      bytes.remove_prefix(used);
      if (!is_head_done_) header_bytes_ += used;
      if (refused_) {
        Refuse(*std::exchange(refused_, std::nullopt));
      } else if (!is_head_done_ &&
                 header_bytes_ + (parser_->is_header_done() ? 0 : bytes.size()) > set_->limits->header_bytes) {
        Refuse(AnswerTo(http::error::header_limit));  // the parser's own limit is for what it has not used yet
      } else if (error == http::error::need_more) {
        break;
      } else if (error) {
        Refuse(AnswerTo(error));
      } else if (!is_head_done_ && parser_->is_header_done()) {
        is_head_done_ = true;
        OnHead();
      }
      if (phase_ == Phase::kReading && parser_->is_done()) OnRequest();
    }
    return bytes;
  }

  void OnHead() {
    const auto& message = parser_->get();
    keep_alive_ =
        parser_->keep_alive() && message.method() != http::verb::head;  // whose answers have no body, which ours do
    is_http_1_0_ = message.version() < 11;
    RequestHead head{std::string(message.method_string()), std::string(message.target()), {}, std::nullopt};
    for (const auto& field : message) {
      head.headers.emplace_back(
          absl::AsciiStrToLower(absl::string_view(field.name_string().data(), field.name_string().size())),
          std::string(field.value()));
    }
    if (const auto length = parser_->content_length()) head.body_bytes = *length;
    const absl::string_view expected = Find(head.headers, "expect");
    if (!expected.empty() && !absl::EqualsIgnoreCase(expected, "100-continue"))
      return Refuse(PlainAnswer(417, "nothing but 100-continue can be expected"));
    NewResponse();
    auto outcome = set_->handler->OnHead(head, response_);
    if (auto* answer = std::get_if<Answer>(&outcome)) return Refuse(std::move(*answer));
    exchange_ = std::get<std::shared_ptr<Exchange>>(std::move(outcome));
    deadline_ = absl::Now() + set_->limits->body_within;
    parser_->eager(true);
    if (!expected.empty() && !parser_->is_done()) Continue();
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
    const bool is_whole = is_head_done_ && parser_->is_done();
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
    const auto reason = http::obsolete_reason(static_cast<http::status>(head.status));
    absl::StrAppend(&before_, "HTTP/1.1 ", head.status, " ", absl::string_view(reason.data(), reason.size()), "\r\n");
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

  std::optional<http::request_parser<SinkBody>> parser_;
  bool has_begun_ = false;  // something of the request has come
  bool is_head_done_ = false;
  size_t header_bytes_ = 0;
  std::optional<Answer> refused_;  // by the exchange, while the parser is at work
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
