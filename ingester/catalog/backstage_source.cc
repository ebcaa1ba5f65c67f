#include "ingester/catalog/backstage_source.h"

#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingester/catalog/backstage_page.h"
#include "ingester/catalog/declare_entity.h"

namespace headway::catalog {
namespace {

constexpr size_t kMaxTokenBytes = 64 << 10;
constexpr size_t kMaxCursorBytes = 16 << 10;

// For a query: letters and digits as they are.
std::string Escaped(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_') {
      out += c;
    } else {
      absl::StrAppend(&out, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return out;
}

// What all pages were, so that the same answer is known again.
class Fingerprint {
 public:
  Fingerprint() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void Add(const std::string& body) { EVP_DigestUpdate(context_.get(), body.data(), body.size()); }
  std::string Finish() {
    std::string digest(32, '\0');
    EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

class BackstageSource : public CatalogSource {
 public:
  BackstageSource(BackstageOptions options, std::unique_ptr<HttpClient> client)
      : options_(std::move(options)), client_(std::move(client)) {}

  std::string Describe() const override { return options_.url; }

  absl::StatusOr<std::shared_ptr<const Listing>> List() override {
    absl::StatusOr<std::string> token = Token();
    if (!token.ok()) return token.status();
    const absl::Time until = absl::Now() + options_.deadline;
    auto listing = std::make_shared<Listing>();
    absl::flat_hash_set<std::string> seen;
    Fingerprint fingerprint;
    std::string cursor;
    do {
      if (absl::Now() > until)
        return absl::DeadlineExceededError(
            absl::StrCat("all pages took longer than ", absl::FormatDuration(options_.deadline)));
      absl::StatusOr<std::string> body = Page(*token, cursor);
      if (!body.ok()) return body.status();
      fingerprint.Add(*body);
      absl::StatusOr<BackstagePage> page = DecodeBackstagePage(*body);
      if (!page.ok()) return page.status();
      if (!page->next_cursor.empty() && (page->next_cursor == cursor || page->next_cursor.size() > kMaxCursorBytes))
        return absl::InvalidArgumentError("pageInfo.nextCursor: leads nowhere");
      Add(*std::move(page), &cursor, &seen, listing.get());
      if (listing->entities.size() > options_.max_entities)
        return absl::InvalidArgumentError(absl::StrCat("there are more than ", options_.max_entities, " entities"));
    } while (!cursor.empty());
    std::string now = fingerprint.Finish();
    if (listing_ != nullptr && now == fingerprint_) return listing_;
    fingerprint_ = std::move(now);
    return listing_ = std::move(listing);
  }

 private:
  static void Add(BackstagePage page, std::string* cursor, absl::flat_hash_set<std::string>* seen, Listing* listing) {
    for (const Entity& entity : page.entities) {
      absl::StatusOr<v1::EntityDeclaration> declaration = DeclareEntity(entity);
      if (!declaration.ok()) {
        listing->faults.push_back({"", 0, std::string(declaration.status().message())});
      } else if (seen->insert(declaration->entity_ref()).second) {
        listing->entities.push_back({*std::move(declaration), {}});
      }
    }
    for (std::string& fault : page.faults) listing->faults.push_back({"", 0, std::move(fault)});
    *cursor = std::move(page.next_cursor);
  }

  // The token, without what editors put around it.
  absl::StatusOr<std::string> Token() const {
    if (options_.token_file.empty()) return "";
    std::ifstream in(options_.token_file, std::ios::binary);
    std::string text(kMaxTokenBytes, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(in.gcount()));
    absl::StripAsciiWhitespace(&text);
    if (text.empty())
      return absl::UnauthenticatedError(
          absl::StrCat("the file of the token, ", options_.token_file, ", cannot be read or is empty"));
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
      return absl::UnauthenticatedError(
          absl::StrCat("the file of the token, ", options_.token_file, ", holds more than a token"));
    return text;
  }

  absl::StatusOr<std::string> Page(const std::string& token, const std::string& cursor) {
    HttpRequest request;
    request.url = absl::StrCat(options_.url, "/api/catalog/entities/by-query?limit=", options_.page_size,
                               "&fields=", Escaped(BackstageFields()));
    absl::StrAppend(&request.url, cursor.empty() ? "&filter=kind%3Dcomponent%2Ckind%3Dapi%2Ckind%3Dresource%2Ckind%"
                                                   "3Dsystem%2Ckind%3Ddomain%2Ckind%3Dgroup%2Ckind%3Duser"
                                                 : absl::StrCat("&cursor=", Escaped(cursor)));
    request.headers = {{"Accept", "application/json"}};
    if (!token.empty()) request.headers.emplace_back("Authorization", absl::StrCat("Bearer ", token));
    request.ca_file = options_.ca_file;
    request.deadline = options_.page_deadline;
    request.max_body_bytes = options_.max_page_bytes;
    absl::StatusOr<HttpResponse> response = client_->Get(request);
    if (!response.ok()) {
      if (absl::IsResourceExhausted(response.status())) return absl::InvalidArgumentError(response.status().message());
      return response.status();
    }
    if (response->status == 200) return std::move(response->body);
    return FromAnswer(*response);
  }

  static absl::Status FromAnswer(const HttpResponse& response) {
    const std::string said = BackstageErrorMessage(response.body);
    const std::string text = absl::StrCat("answered ", response.status, said.empty() ? "" : ": ", said);
    switch (response.status) {
      case 401:
        return absl::UnauthenticatedError(text);
      case 403:
        return absl::PermissionDeniedError(text);
      case 404:
        return absl::NotFoundError(
            absl::StrCat(text, "; is it the address of a Backstage backend that has /entities/by-query?"));
      case 429:
        return absl::ResourceExhaustedError(text);
      default:
        if (response.status >= 500) return absl::UnavailableError(text);
        return absl::InvalidArgumentError(text);
    }
  }

  const BackstageOptions options_;
  const std::unique_ptr<HttpClient> client_;
  std::shared_ptr<const Listing> listing_;
  std::string fingerprint_;
};

}  // namespace

std::unique_ptr<CatalogSource> MakeBackstageSource(BackstageOptions options, std::unique_ptr<HttpClient> client) {
  return std::make_unique<BackstageSource>(std::move(options), std::move(client));
}

}  // namespace headway::catalog
