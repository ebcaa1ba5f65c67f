#include "services/gateway/request_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/answers.h"

namespace headway::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

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

}  // namespace

class RequestReader::Impl {
 public:
  Impl(size_t header_limit_bytes, std::function<bool(absl::string_view)> on_body)
      : header_limit_bytes_(header_limit_bytes) {
    parser_.header_limit(static_cast<std::uint32_t>(header_limit_bytes));
    // The exchange has a limit of its own. Boost 1.74 takes none for zero.
    parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
    parser_.get().body() = [this, on_body = std::move(on_body)](absl::string_view piece) {
      if (!is_refused_) is_refused_ = !on_body(piece);
      return !is_refused_;
    };
  }

  Found Read(absl::string_view* bytes) {
    while (!parser_.is_done()) {
      if (bytes->empty()) return Found::kNothing;
      error_code error;
      const size_t used = parser_.put(asio::buffer(bytes->data(), bytes->size()), error);
      bytes->remove_prefix(used);
      if (is_refused_) return Found::kRefused;
      if (!is_head_found_ && IsHeaderTooLong(used, bytes->size())) return Fault(431, "the header is too long");
      if (error == http::error::need_more) return Found::kNothing;
      if (error == http::error::header_limit) return Fault(431, "the header is too long");
      if (error) return Fault(400, absl::StrCat("this is no HTTP request: ", error.message()));
      if (!is_head_found_ && parser_.is_header_done()) {
        is_head_found_ = true;
        parser_.eager(true);
        return Found::kHead;
      }
    }
    return Found::kEnd;
  }

  RequestHead head() const {
    const auto& message = parser_.get();
    RequestHead head{std::string(message.method_string()), std::string(message.target()), {}, std::nullopt};
    for (const auto& field : message) {
      const absl::string_view name(field.name_string().data(), field.name_string().size());
      head.headers.emplace_back(absl::AsciiStrToLower(name), std::string(field.value()));
    }
    if (const auto length = parser_.content_length()) head.body_bytes = *length;
    return head;
  }

  // An answer to HEAD has no body, which ours do: so it is the last of its connection.
  bool keep_alive() const { return parser_.keep_alive() && parser_.get().method() != http::verb::head; }
  bool is_http_1_0() const { return parser_.get().version() < 11; }
  bool is_whole() const { return is_head_found_ && parser_.is_done(); }
  const Answer& fault() const { return fault_; }

 private:
  // The parser's own limit is for what it has not used yet, so many short lines pass it.
  bool IsHeaderTooLong(size_t used, size_t left) {
    header_bytes_ += used;
    return header_bytes_ + (parser_.is_header_done() ? 0 : left) > header_limit_bytes_;
  }

  Found Fault(int status, absl::string_view text) {
    fault_ = HttpError(status, absl::StatusCode::kInvalidArgument, text, "");
    return Found::kFault;
  }

  const size_t header_limit_bytes_;
  http::request_parser<SinkBody> parser_;
  size_t header_bytes_ = 0;
  bool is_head_found_ = false;
  bool is_refused_ = false;
  Answer fault_;
};

RequestReader::RequestReader(size_t header_limit_bytes, std::function<bool(absl::string_view)> on_body)
    : impl_(std::make_unique<Impl>(header_limit_bytes, std::move(on_body))) {}
RequestReader::~RequestReader() = default;
RequestReader::Found RequestReader::Read(absl::string_view* bytes) { return impl_->Read(bytes); }
RequestHead RequestReader::head() const { return impl_->head(); }
bool RequestReader::keep_alive() const { return impl_->keep_alive(); }
bool RequestReader::is_http_1_0() const { return impl_->is_http_1_0(); }
bool RequestReader::is_whole() const { return impl_->is_whole(); }
const Answer& RequestReader::fault() const { return impl_->fault(); }

}  // namespace headway::gateway
