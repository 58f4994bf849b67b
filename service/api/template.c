#include "template.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEMPLATES_MAX 32
#define PARTS_MAX     1024
#define NAME_MAX_LEN  40
#define DEPTH_MAX     12 /* sections and partials inside each other */

enum part_kind {
	PART_TEXT,
	PART_VALUE,
	PART_PARTIAL,
	PART_SECTION, /* {{#name}} */
	PART_INVERSE, /* {{^name}} */
	PART_END,     /* {{/name}} */
};

struct part {
	enum part_kind kind;
	struct sl_slice text; /* PART_TEXT: the text, else unused */
	char name[NAME_MAX_LEN + 1];
	size_t end; /* sections: index of their PART_END */
};

struct template
{
	const char *name;
	struct part *parts;
	size_t count;
	size_t capacity;
};

struct sl_template_set {
	struct template templates[TEMPLATES_MAX];
	size_t count;
};

/* The values that a name is looked up in, innermost last. */
struct scope {
	json_t *values[DEPTH_MAX];
	size_t depth;
	struct sl_template_set *set;
	struct sl_buf *out;
	struct sl_error *err;
};

enum sl_status
sl_template_set_new(struct sl_template_set **out)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? SL_ERR_NOMEM : SL_OK;
}

void
sl_template_set_free(struct sl_template_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		free(set->templates[i].parts);
	free(set);
}

static struct part *
add_part(struct template *tpl, enum part_kind kind)
{
	struct part *part;

	if (tpl->count == tpl->capacity) {
		size_t capacity = tpl->capacity == 0 ? 32 : tpl->capacity * 2;
		struct part *parts;

		if (capacity > PARTS_MAX)
			return NULL;
		parts = realloc(tpl->parts, capacity * sizeof(*parts));
		if (parts == NULL)
			return NULL;
		tpl->parts = parts;
		tpl->capacity = capacity;
	}
	part = &tpl->parts[tpl->count++];
	memset(part, 0, sizeof(*part));
	part->kind = kind;
	return part;
}

static size_t
line_of(struct sl_slice text, const unsigned char *at)
{
	size_t line = 1;

	for (const unsigned char *p = text.data; p < at; p++)
		line += *p == '\n';
	return line;
}

static enum part_kind
kind_of(struct sl_slice *tag)
{
	static const struct {
		unsigned char mark;
		enum part_kind kind;
	} marks[] = {
	    {'#', PART_SECTION},
	    {'^', PART_INVERSE},
	    {'/', PART_END},
	    {'>', PART_PARTIAL},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (tag->len > 0 && tag->data[0] == marks[i].mark) {
			tag->data++;
			tag->len--;
			return marks[i].kind;
		}
	}
	return PART_VALUE;
}

static bool
is_name(struct sl_slice tag)
{
	if (sl_slice_is_text(tag, "."))
		return true;
	if (tag.len == 0 || tag.len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < tag.len; i++) {
		unsigned char c = tag.data[i];

		if (!(c >= 'a' && c <= 'z') && c != '_' &&
		    !(c >= '0' && c <= '9'))
			return false;
	}
	return true;
}

static enum sl_status
add_tag(struct template *tpl, struct sl_slice tag)
{
	struct part *part;
	enum part_kind kind = kind_of(&tag);

	if (!is_name(tag))
		return SL_ERR_INVALID;
	part = add_part(tpl, kind);
	if (part == NULL)
		return SL_ERR_NOMEM;
	memcpy(part->name, tag.data, tag.len);
	return SL_OK;
}

/* Give each section its end; SL_ERR_INVALID if they do not pair up. */
static enum sl_status
pair_sections(struct template *tpl, struct sl_error *err)
{
	size_t open[DEPTH_MAX];
	size_t depth = 0;

	for (size_t i = 0; i < tpl->count; i++) {
		struct part *part = &tpl->parts[i];

		if (part->kind == PART_SECTION || part->kind == PART_INVERSE) {
			if (depth == DEPTH_MAX)
				return sl_error_set(err, SL_ERR_LIMIT,
				    "template %s: sections too deep",
				    tpl->name);
			open[depth++] = i;
		} else if (part->kind == PART_END) {
			if (depth == 0 ||
			    strcmp(tpl->parts[open[depth - 1]].name,
			        part->name) != 0)
				return sl_error_set(err, SL_ERR_INVALID,
				    "template %s: {{/%s}} closes nothing",
				    tpl->name, part->name);
			tpl->parts[open[--depth]].end = i;
		}
	}
	if (depth > 0)
		return sl_error_set(err, SL_ERR_INVALID,
		    "template %s: {{#%s}} is not closed", tpl->name,
		    tpl->parts[open[depth - 1]].name);
	return SL_OK;
}

static enum sl_status
parse(struct template *tpl, struct sl_slice text, struct sl_error *err)
{
	const unsigned char *at = text.data;
	const unsigned char *end = text.data + text.len;

	while (at < end) {
		const unsigned char *tag =
		    memmem(at, (size_t)(end - at), "{{", 2);
		const unsigned char *stop = tag == NULL ? end : tag;
		const unsigned char *close;
		enum sl_status status;

		if (stop > at) {
			struct part *part = add_part(tpl, PART_TEXT);

			if (part == NULL)
				return SL_ERR_NOMEM;
			part->text = sl_slice_of(at, (size_t)(stop - at));
		}
		if (tag == NULL)
			break;
		close = memmem(tag, (size_t)(end - tag), "}}", 2);
		status = close == NULL
		    ? SL_ERR_INVALID
		    : add_tag(
		          tpl, sl_slice_of(tag + 2, (size_t)(close - tag - 2)));
		if (status != SL_OK)
			return sl_error_set(err, status,
			    "template %s line %zu: bad {{…}}", tpl->name,
			    line_of(text, tag));
		at = close + 2;
	}
	return pair_sections(tpl, err);
}

enum sl_status
sl_template_set_add(struct sl_template_set *set, const char *name,
    struct sl_slice text, struct sl_error *err)
{
	struct template *tpl;

	if (set->count == TEMPLATES_MAX)
		return SL_ERR_LIMIT;
	tpl = &set->templates[set->count++];
	tpl->name = name;
	return parse(tpl, text, err);
}

static struct template *
find_template(struct sl_template_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->templates[i].name, name) == 0)
			return &set->templates[i];
	return NULL;
}

enum sl_status
sl_template_escape(struct sl_buf *out, struct sl_slice text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *entity = NULL;
		enum sl_status status;

		switch (text.data[i]) {
		case '&':
			entity = "&amp;";
			break;
		case '<':
			entity = "&lt;";
			break;
		case '>':
			entity = "&gt;";
			break;
		case '"':
			entity = "&quot;";
			break;
		case '\'':
			entity = "&#39;";
			break;
		default:
			continue;
		}
		status = sl_buf_append(out, text.data + from, i - from);
		if (status == SL_OK)
			status = sl_buf_append_text(out, entity);
		if (status != SL_OK)
			return status;
		from = i + 1;
	}
	return sl_buf_append(out, text.data + from, text.len - from);
}

static json_t *
look_up(const struct scope *scope, const char *name)
{
	if (strcmp(name, ".") == 0)
		return scope->values[scope->depth - 1];
	for (size_t i = scope->depth; i > 0; i--) {
		json_t *value = json_object_get(scope->values[i - 1], name);

		if (value != NULL)
			return value;
	}
	return NULL;
}

static enum sl_status
render_value(struct scope *scope, const struct part *part, json_t *value)
{
	if (json_is_string(value))
		return sl_template_escape(scope->out,
		    sl_slice_of(
		        json_string_value(value), json_string_length(value)));
	if (json_is_integer(value))
		return sl_buf_printf(scope->out, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
	return sl_error_set(scope->err, SL_ERR_INVALID,
	    "{{%s}} is neither text nor an integer", part->name);
}

static bool
is_empty(const json_t *value)
{
	return json_is_false(value) || json_is_null(value) ||
	    (json_is_array(value) && json_array_size(value) == 0) ||
	    (json_is_string(value) && json_string_length(value) == 0);
}

static enum sl_status render_parts(
    struct scope *scope, const struct template *tpl, size_t from, size_t to);

static enum sl_status
render_inside(struct scope *scope, const struct template *tpl,
    const struct part *section, json_t *value)
{
	size_t first = (size_t)(section - tpl->parts) + 1;
	enum sl_status status;

	if (scope->depth == DEPTH_MAX)
		return sl_error_set(
		    scope->err, SL_ERR_LIMIT, "sections too deep");
	scope->values[scope->depth++] = value;
	status = render_parts(scope, tpl, first, section->end);
	scope->depth--;
	return status;
}

static enum sl_status
render_section(struct scope *scope, const struct template *tpl,
    const struct part *section, json_t *value)
{
	json_t *element;
	size_t i;

	if (section->kind == PART_INVERSE)
		return is_empty(value)
		    ? render_inside(scope, tpl, section, value)
		    : SL_OK;
	if (is_empty(value))
		return SL_OK;
	if (!json_is_array(value))
		return render_inside(scope, tpl, section, value);
	json_array_foreach (value, i, element) {
		enum sl_status status =
		    render_inside(scope, tpl, section, element);

		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

static enum sl_status
render_partial(struct scope *scope, const struct part *part)
{
	const struct template *tpl = find_template(scope->set, part->name);
	enum sl_status status;

	if (tpl == NULL || scope->depth == DEPTH_MAX)
		return sl_error_set(scope->err, SL_ERR_INVALID,
		    "no template {{>%s}}", part->name);
	/* Counts as one level, so that a template cannot hold itself. */
	scope->values[scope->depth] = scope->values[scope->depth - 1];
	scope->depth++;
	status = render_parts(scope, tpl, 0, tpl->count);
	scope->depth--;
	return status;
}

static enum sl_status
render_part(
    struct scope *scope, const struct template *tpl, const struct part *part)
{
	json_t *value;

	if (part->kind == PART_TEXT)
		return sl_buf_append(
		    scope->out, part->text.data, part->text.len);
	if (part->kind == PART_PARTIAL)
		return render_partial(scope, part);
	value = look_up(scope, part->name);
	if (value == NULL)
		return sl_error_set(scope->err, SL_ERR_INVALID,
		    "template %s: no value for {{%s}}", tpl->name, part->name);
	if (part->kind == PART_VALUE)
		return render_value(scope, part, value);
	return render_section(scope, tpl, part, value);
}

static enum sl_status
render_parts(
    struct scope *scope, const struct template *tpl, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct part *part = &tpl->parts[i];
		enum sl_status status = render_part(scope, tpl, part);

		if (status != SL_OK)
			return status;
		if (part->kind == PART_SECTION || part->kind == PART_INVERSE)
			i = part->end;
	}
	return SL_OK;
}

enum sl_status
sl_template_render(struct sl_template_set *set, const char *name,
    json_t *values, struct sl_buf *out, struct sl_error *err)
{
	const struct template *tpl = find_template(set, name);
	struct scope scope = {
	    .values = {values}, .depth = 1, .set = set, .out = out, .err = err};
	enum sl_status status;

	if (tpl == NULL)
		return sl_error_set(
		    err, SL_ERR_NOT_FOUND, "no template %s", name);
	status = render_parts(&scope, tpl, 0, tpl->count);
	if (status != SL_OK)
		return sl_error_prefix(err, status, "page %s", name);
	return SL_OK;
}
