/* Robot messages in JSON: the fields of the ROS message or of Foxglove's JSON
 * Schema, by their names.  Texts are borrowed from out->held. */
#ifndef SL_FORMATS_ROBOT_JSON_H
#define SL_FORMATS_ROBOT_JSON_H

#include "sluice/formats/robot_message.h"

SL_MUST_CHECK enum sl_status robot_json_joint_state(
    struct sl_joint_state *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status robot_json_wrench(
    struct sl_wrench *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status robot_json_transforms(
    struct sl_transforms *out, struct sl_slice text, struct sl_error *err);
SL_MUST_CHECK enum sl_status robot_json_picture(
    struct sl_picture *out, struct sl_slice text, struct sl_error *err);

#endif /* SL_FORMATS_ROBOT_JSON_H */
