// Identity of observations: natural keys, their hashes, and the canonical payload. Pure and thread-safe.
//
// Natural key texts (fields as observed; validation keeps line ends out of them, so no two keys give one text; entity refs are normalised):
//   deployment\n<source>\n<key>              change\n<repository>\n<number>          commit\n<repository>\n<sha>
//   incident\n<source>\n<incident_id>        incident_event\n<source>\n<incident_id>\n<event_id>
//   entity\n<ref>   stream_mapping\n<source>\n<id>   environment_rule\n<id>   source_status\n<source>\n<covers as a number>
//   stream\n<source>\n<stream>   mapping_rule\n<source>\n<id>   image_tag_rule\n<source>\n<id>
//   artefact\n<image>\n<digest>\n<tag>\n<repository>\n<revision>\n<published_at in microseconds>
//
// An *object* is what is folded together: the incident for its events, else what the natural key names. The stream_id follows from the object alone, so that
// all observations of an object lie (and are worked on) together whatever they say: the change's and the commit's repository, else the object itself.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_NATURAL_KEY_H_
#define HEADWAY_AGGREGATOR_PROJECTION_NATURAL_KEY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "aggregator/projection/facts.h"
#include "headway/v1/observation.pb.h"

namespace headway {

using Sha256Digest = std::array<uint8_t, 32>;
Sha256Digest Sha256(absl::string_view text);

// Kinds of stored observations; numbers equal the field numbers of Observation.kind and are stored.
enum class ObservationKind : int16_t {
  kCommit = 2,
  kChange = 3,
  kDeployment = 4,
  kIncidentEvent = 5,
  kEntity = 6,
  kStreamMapping = 7,
  kEnvironmentRule = 8,
  kSourceStatus = 9,
  kStream = 10,
  kMappingRule = 11,
  kImageTagRule = 12,
  kArtefact = 13,
  kManifestRevision = 14,
};

// An observation as it is stored.
struct PreparedObservation {
  ObservationKind kind = ObservationKind::kDeployment;
  int64_t stream_id = 0;
  ObjectKey object_key;
  std::array<uint8_t, 16> payload_key{};  // first bytes of SHA-256(natural key, zero byte, payload)
  std::string payload;                    // canonical; see CanonicalPayload
  std::optional<v1::Commit> commit;       // only with kind kCommit
};

// The observation must be valid (validate.h).
PreparedObservation Prepare(const v1::Observation& observation);

// Deterministically serialised, without fields that this version does not know.
std::string CanonicalPayload(const v1::Observation& observation);

// Orders payloads of one natural key that are otherwise equal: SHA-256 of the canonical payload.
inline Sha256Digest ContentHash(absl::string_view canonical_payload) { return Sha256(canonical_payload); }

ObjectKey DeploymentKey(absl::string_view source, absl::string_view key);
ObjectKey IncidentKey(absl::string_view source, absl::string_view incident_id);
ObjectKey ChangeKey(absl::string_view repository, int64_t number);
ObjectKey EntityKey(absl::string_view normalised_ref);
ObjectKey StreamObjectKey(absl::string_view source, absl::string_view stream);

// First 8 bytes (big-endian) of SHA-256 of the text.
int64_t StreamId(absl::string_view text);
// The stream of a repository's changes and commits.
int64_t RepositoryStreamId(absl::string_view repository);
// The stream of an object that is a stream of its own: the first 8 bytes of its key.
int64_t StreamIdOf(const ObjectKey& object);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_NATURAL_KEY_H_
