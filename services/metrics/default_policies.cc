#include "services/metrics/default_policies.h"

#include <google/protobuf/descriptor.h>

#include <vector>

namespace headway {

void FillPolicies(const v1::Policies& defaults, v1::Policies* policies) {
  v1::Policies missing = defaults;
  // Enums and numbers have no presence: what is zero is not set.
  std::vector<const google::protobuf::FieldDescriptor*> asked;
  policies->GetReflection()->ListFields(*policies, &asked);
  for (const google::protobuf::FieldDescriptor* field : asked) missing.GetReflection()->ClearField(&missing, field);
  policies->MergeFrom(missing);
}

}  // namespace headway
