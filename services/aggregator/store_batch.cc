#include "services/aggregator/store_batch.h"

#include <utility>

#include "aggregator/projection/validate.h"

namespace headway {
namespace {

constexpr int kMaxRejections = 1'000;

}  // namespace

void BatchToStore::Prepare() {
  valid_.emplace();
  valid_->reserve(request_.observations_size());
  for (int i = 0; i < request_.observations_size(); ++i) {
    std::optional<FieldError> error = Validate(request_.observations(i));
    if (!error.has_value()) {
      valid_->push_back(headway::Prepare(request_.observations(i)));
      continue;
    }
    response_.set_rejected(response_.rejected() + 1);
    if (response_.rejections_size() == kMaxRejections) continue;
    v1::Rejection& rejection = *response_.add_rejections();
    rejection.set_index(i);
    rejection.set_field(std::move(error->field));
    rejection.set_reason(std::move(error->reason));
  }
}

absl::Status BatchToStore::Store(Connection& connection, NoveltyGuess& guess) {
  if (!valid_.has_value()) Prepare();
  if (valid_->empty()) return absl::OkStatus();
  const absl::StatusOr<AppendResult> result = ObservationStore(connection, &guess).Append(*valid_);
  if (!result.ok()) return result.status();
  response_.set_stored(result->stored);
  response_.set_duplicates(result->duplicates);
  return absl::OkStatus();
}

}  // namespace headway
