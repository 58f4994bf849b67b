/* Page templates: text with {{name}} places, filled from a JSON object.
 *
 *   {{name}}            the value (string or integer), always HTML-escaped
 *   {{#name}}…{{/name}} once per element of an array, once for an object or
 *                       true, never for false, null or an empty array
 *   {{^name}}…{{/name}} the opposite of that
 *   {{>name}}           the template of that name, with the same values
 *
 * Inside a section an element's own values come first, then those around it;
 * {{.}} is the element itself.  There is no way to write a value unescaped,
 * and every name must exist: a template that does not fit its values is an
 * error, not an empty place.  The set owns its templates and borrows their
 * text, which must outlive it. */
#ifndef SLUICE_API_TEMPLATE_H
#define SLUICE_API_TEMPLATE_H

#include <jansson.h>

#include "sluice/base/buf.h"
#include "sluice/base/error.h"

struct sl_template_set;

SL_MUST_CHECK enum sl_status sl_template_set_new(struct sl_template_set **out);

/* Parse one template; `name` and `text` are borrowed.  SL_ERR_INVALID names
 * the line of a mistake. */
SL_MUST_CHECK enum sl_status sl_template_set_add(struct sl_template_set *set,
    const char *name, struct sl_slice text, struct sl_error *err);

/* Append the filled template to `out`; `values` is an object. */
SL_MUST_CHECK enum sl_status sl_template_render(struct sl_template_set *set,
    const char *name, json_t *values, struct sl_buf *out, struct sl_error *err);

/* Append text with & < > " ' written as entities. */
SL_MUST_CHECK enum sl_status sl_template_escape(
    struct sl_buf *out, struct sl_slice text);

void sl_template_set_free(struct sl_template_set *set);

#endif /* SLUICE_API_TEMPLATE_H */
