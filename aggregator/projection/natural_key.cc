#include "aggregator/projection/natural_key.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/time_util.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/entity_ref.h"

namespace headway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A context is kept per thread: making one costs more than the hash of a short text.
class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

  void Add(absl::string_view text) { EVP_DigestUpdate(context_.get(), text.data(), text.size()); }
  Sha256Digest Finish() {
    Sha256Digest digest;
    unsigned int size = digest.size();
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    EVP_DigestInit_ex(context_.get(), nullptr, nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

Hasher& ThreadHasher() {
  thread_local Hasher hasher;
  return hasher;
}

ObjectKey KeyOf(absl::string_view natural_key) {
  const Sha256Digest digest = Sha256(natural_key);
  ObjectKey key;
  std::copy_n(digest.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

bool HasUnknownFields(const Message& message) {
  const Reflection* reflection = message.GetReflection();
  if (!reflection->GetUnknownFields(message).empty()) return true;
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (HasUnknownFields(reflection->GetMessage(message, field))) return true;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      if (HasUnknownFields(reflection->GetRepeatedMessage(message, field, i))) return true;
    }
  }
  return false;
}

std::string Serialise(const Message& message) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return out;
}

// The natural key's text; what is folded together with it in *object.
std::string NaturalKey(const v1::Observation& observation, std::string* object) {
  const std::string& source = observation.source();
  switch (observation.kind_case()) {
    case v1::Observation::kCommit:
      return *object = absl::StrCat("commit\n", observation.commit().repository(), "\n", observation.commit().sha());
    case v1::Observation::kChange:
      return *object = absl::StrCat("change\n", observation.change().repository(), "\n", observation.change().number());
    case v1::Observation::kDeployment:
      return *object = absl::StrCat("deployment\n", source, "\n", observation.deployment().key());
    case v1::Observation::kIncidentEvent: {
      const v1::IncidentEvent& event = observation.incident_event();
      *object = absl::StrCat("incident\n", source, "\n", event.incident_id());
      return absl::StrCat("incident_event\n", source, "\n", event.incident_id(), "\n", event.event_id());
    }
    case v1::Observation::kEntity:
      return *object = absl::StrCat("entity\n", NormaliseEntityRef(observation.entity().entity_ref()).value_or(""));
    case v1::Observation::kStreamMapping:
      return *object = absl::StrCat("stream_mapping\n", source, "\n", observation.stream_mapping().id());
    case v1::Observation::kEnvironmentRule:
      return *object = absl::StrCat("environment_rule\n", observation.environment_rule().id());
    case v1::Observation::kSourceStatus:
      return *object =
                 absl::StrCat("source_status\n", source, "\n", static_cast<int>(observation.source_status().covers()));
    case v1::Observation::kStream:
      return *object = absl::StrCat("stream\n", source, "\n", observation.stream().stream());
    case v1::Observation::kMappingRule:
      return *object = absl::StrCat("mapping_rule\n", source, "\n", observation.mapping_rule().id());
    case v1::Observation::kImageTagRule:
      return *object = absl::StrCat("image_tag_rule\n", source, "\n", observation.image_tag_rule().id());
    case v1::Observation::kArtefact: {
      const v1::Artefact& artefact = observation.artefact();
      return *object = absl::StrCat("artefact\n", artefact.image(), "\n", artefact.digest(), "\n", artefact.tag(), "\n",
                                    artefact.repository(), "\n", artefact.revision(), "\n",
                                    google::protobuf::util::TimeUtil::TimestampToMicroseconds(artefact.published_at()));
    }
    case v1::Observation::kManifestRevision:
      return *object = absl::StrCat("manifest_revision\n", observation.manifest_revision().repository(), "\n",
                                    observation.manifest_revision().revision());
    case v1::Observation::KIND_NOT_SET:
      break;
  }
  return *object = "";
}

}  // namespace

Sha256Digest Sha256(absl::string_view text) {
  Hasher& hasher = ThreadHasher();
  hasher.Add(text);
  return hasher.Finish();
}

std::string CanonicalPayload(const v1::Observation& observation) {
  if (!HasUnknownFields(observation)) return Serialise(observation);
  v1::Observation known = observation;
  known.DiscardUnknownFields();
  return Serialise(known);
}

PreparedObservation Prepare(const v1::Observation& observation) {
  PreparedObservation prepared;
  prepared.kind = static_cast<ObservationKind>(observation.kind_case());
  prepared.payload = CanonicalPayload(observation);
  std::string object;
  const std::string natural_key = NaturalKey(observation, &object);
  prepared.object_key = KeyOf(object);
  Hasher& hasher = ThreadHasher();
  hasher.Add(natural_key);
  hasher.Add(absl::string_view("\0", 1));
  hasher.Add(prepared.payload);
  const Sha256Digest digest = hasher.Finish();
  std::copy_n(digest.begin(), prepared.payload_key.size(), prepared.payload_key.begin());
  if (observation.has_commit()) {
    prepared.commit = observation.commit();
    prepared.stream_id = RepositoryStreamId(observation.commit().repository());
  } else if (observation.has_change()) {
    prepared.stream_id = RepositoryStreamId(observation.change().repository());
  } else {
    prepared.stream_id = StreamIdOf(prepared.object_key);
  }
  return prepared;
}

ObjectKey DeploymentKey(absl::string_view source, absl::string_view key) {
  return KeyOf(absl::StrCat("deployment\n", source, "\n", key));
}

ObjectKey IncidentKey(absl::string_view source, absl::string_view incident_id) {
  return KeyOf(absl::StrCat("incident\n", source, "\n", incident_id));
}

ObjectKey ChangeKey(absl::string_view repository, int64_t number) {
  return KeyOf(absl::StrCat("change\n", repository, "\n", number));
}

ObjectKey EntityKey(absl::string_view normalised_ref) { return KeyOf(absl::StrCat("entity\n", normalised_ref)); }

ObjectKey StreamObjectKey(absl::string_view source, absl::string_view stream) {
  return KeyOf(absl::StrCat("stream\n", source, "\n", stream));
}

int64_t StreamIdOf(const ObjectKey& object) {
  uint64_t id = 0;
  for (int i = 0; i < 8; ++i) id = id << 8 | object.bytes[i];
  return static_cast<int64_t>(id);
}

int64_t StreamId(absl::string_view text) { return StreamIdOf(KeyOf(text)); }

int64_t RepositoryStreamId(absl::string_view repository) { return StreamId(absl::StrCat("repository\n", repository)); }

}  // namespace headway
