// Checks of what catalog and rules say; the first fault is the checker's. For validate.cc.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_MAPPING_H_
#define HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_MAPPING_H_

#include "aggregator/projection/field_checker.h"
#include "headway/v1/mapping.pb.h"

namespace headway {

void CheckEntity(const v1::EntityDeclaration& entity, FieldChecker& check);
void CheckStream(const v1::StreamDeclaration& stream, FieldChecker& check);
void CheckStreamMapping(const v1::StreamMapping& mapping, FieldChecker& check);
void CheckMappingRule(const v1::MappingRule& rule, FieldChecker& check);
void CheckEnvironmentRule(const v1::EnvironmentRule& rule, FieldChecker& check);
void CheckImageTagRule(const v1::ImageTagRule& rule, FieldChecker& check);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_VALIDATE_MAPPING_H_
