/* The conformance files of the MCAP project, which lie beside the checkout:
 * the streamed reader gives exactly the records that are expected, the writer
 * the very bytes, the indexed reader the messages by their time.  Prints
 * "416 of 416" for the first; exits 77 if the files are not there. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include "sluice/base/file.h"
#include "sluice/formats/mcap_index.h"
#include "sluice/formats/mcap_reader.h"
#include "sluice/formats/mcap_writer.h"

#define FOLDER     "/../shared/data/mcap/conformance"
#define FILES_MAX  1000
#define FILE_BYTES (1u << 20)

static unsigned read_count, read_good;
static unsigned write_count, write_good;
static unsigned index_count, index_good;

/* ---- a record as the expected JSON has it ---- */

static json_t *
number(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return json_string(text);
}

static json_t *
bytes_json(struct sl_slice bytes)
{
	json_t *array = json_array();

	for (size_t i = 0; i < bytes.len; i++)
		json_array_append_new(array, number(bytes.data[i]));
	return array;
}

static json_t *
texts_json(struct sl_slice map)
{
	json_t *object = json_object();
	struct sl_slice key, value;

	while (sl_mcap_map_next(&map, &key, &value)) {
		char *name = strndup((const char *)key.data, key.len);

		json_object_set_new(object, name,
		    json_stringn((const char *)value.data, value.len));
		free(name);
	}
	return object;
}

static json_t *
numbers_json(struct sl_slice map)
{
	json_t *object = json_object();
	uint16_t key;
	uint64_t value;

	while (sl_mcap_map_u16_next(&map, &key, &value)) {
		char name[8];

		snprintf(name, sizeof(name), "%u", key);
		json_object_set_new(object, name, number(value));
	}
	return object;
}

static json_t *
value_json(
    const struct sl_mcap_record *record, const struct sl_mcap_field *field)
{
	const void *at = (const char *)record + field->at;
	const struct sl_slice *bytes = at;

	switch (field->kind) {
	case SL_MCAP_U8:
		return number(*(const uint8_t *)at);
	case SL_MCAP_U16:
		return number(*(const uint16_t *)at);
	case SL_MCAP_U32:
		return number(*(const uint32_t *)at);
	case SL_MCAP_U64:
		return number(*(const uint64_t *)at);
	case SL_MCAP_TEXT:
		return json_stringn((const char *)bytes->data, bytes->len);
	case SL_MCAP_BYTES32:
	case SL_MCAP_BYTES64:
	case SL_MCAP_REST:
		return bytes_json(*bytes);
	case SL_MCAP_MAP_TEXT_TEXT:
		return texts_json(*bytes);
	case SL_MCAP_MAP_U16_U64:
		return numbers_json(*bytes);
	case SL_MCAP_MAP_U64_U64:
		break;
	}
	return NULL;
}

/* Fields as an object: their order says nothing. */
static json_t *
record_json(const struct sl_mcap_record *record)
{
	const struct sl_mcap_layout *layout = sl_mcap_layout_of(record->opcode);
	json_t *fields = json_object();

	for (const struct sl_mcap_field *field = layout->fields;
	     field->name != NULL; field++) {
		/* The expected files have no CRC of attachments. */
		if (record->opcode == SL_MCAP_ATTACHMENT &&
		    strcmp(field->name, "crc") == 0)
			continue;
		json_object_set_new(
		    fields, field->name, value_json(record, field));
	}
	return json_pack("{s:s, s:o}", "type", layout->name, "fields", fields);
}

static json_t *
expected_json(const json_t *expected)
{
	json_t *fields = json_object();
	json_t *pair;
	size_t i;

	json_array_foreach (json_object_get(expected, "fields"), i, pair)
		json_object_set(fields,
		    json_string_value(json_array_get(pair, 0)),
		    json_array_get(pair, 1));
	return json_pack("{s:O, s:o}", "type",
	    json_object_get(expected, "type"), "fields", fields);
}

/* ---- reading ---- */

static bool
same_record(const struct sl_mcap_record *record, const json_t *expected)
{
	json_t *ours = record_json(record);
	json_t *theirs = expected_json(expected);
	bool is_same = json_equal(ours, theirs) == 1;

	json_decref(ours);
	json_decref(theirs);
	return is_same;
}

static bool
reads_as(int fd, const json_t *records, const char *name)
{
	const struct sl_mcap_record *record;
	struct sl_mcap_reader *reader;
	struct sl_error err = {0};
	enum sl_status status;
	size_t at = 0;
	bool is_good = true;

	if (sl_mcap_reader_new(&reader, fd) != SL_OK)
		return false;
	for (;;) {
		status = sl_mcap_reader_next(reader, &record, &err);
		if (status != SL_OK || record == NULL)
			break;
		if (record->opcode == SL_MCAP_MESSAGE_INDEX)
			continue;
		if (!same_record(record, json_array_get(records, at++)))
			is_good = false;
	}
	sl_mcap_reader_free(reader);
	if (status != SL_OK)
		printf("%s: %s\n", name, err.text);
	return is_good && status == SL_OK && at == json_array_size(records);
}

/* ---- messages by time ---- */

static int
compare_times(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static size_t
expected_times(const json_t *records, uint64_t times[FILES_MAX])
{
	size_t count = 0;
	json_t *each;
	size_t i;

	json_array_foreach (records, i, each) {
		json_t *flat = expected_json(each);
		const char *time = json_string_value(json_object_get(
		    json_object_get(flat, "fields"), "log_time"));

		if (strcmp(json_string_value(json_object_get(each, "type")),
		        "Message") == 0)
			times[count++] = strtoull(time, NULL, 10);
		json_decref(flat);
	}
	qsort(times, count, sizeof(*times), compare_times);
	return count;
}

static bool
indexes_as(int fd, const json_t *records, const char *name)
{
	static uint64_t times[FILES_MAX];
	const struct sl_mcap_span all = {0};
	const struct sl_mcap_message *message = NULL;
	struct sl_mcap_index *index;
	struct sl_error err = {0};
	size_t count = expected_times(records, times);
	size_t at = 0;
	enum sl_status status;

	status = sl_mcap_index_open(&index, fd, &err);
	if (status == SL_OK)
		status = sl_mcap_index_begin(index, &all, &err);
	while (status == SL_OK) {
		status = sl_mcap_index_next(index, &message, &err);
		if (message == NULL || at >= count ||
		    message->log_time != times[at])
			break;
		at++;
	}
	sl_mcap_index_free(index);
	if (status != SL_OK)
		printf("%s: indexed: %s\n", name, err.text);
	return status == SL_OK && message == NULL && at == count;
}

/* ---- writing ---- */

static bool
has_feature(const json_t *root, const char *feature)
{
	json_t *each;
	size_t i;

	json_array_foreach (
	    json_object_get(
	        json_object_get(json_object_get(root, "meta"), "variant"),
	        "features"),
	    i, each) {
		if (strcmp(json_string_value(each), feature) == 0)
			return true;
	}
	return false;
}

/* What a record's fields borrow while it is written. */
struct held {
	struct sl_buf bytes[SL_MCAP_FIELDS_MAX];
};

static void
hold_value(struct held *held, size_t at, struct sl_mcap_record *record,
    const struct sl_mcap_field *field, const json_t *value)
{
	void *to = (char *)record + field->at;
	struct sl_buf *buf = &held->bytes[at];
	const char *key;
	json_t *each;
	size_t i;

	sl_buf_init(buf, FILE_BYTES);
	if (field->kind == SL_MCAP_U16)
		*(uint16_t *)to =
		    (uint16_t)strtoull(json_string_value(value), NULL, 10);
	else if (field->kind == SL_MCAP_U32)
		*(uint32_t *)to =
		    (uint32_t)strtoull(json_string_value(value), NULL, 10);
	else if (field->kind == SL_MCAP_U64)
		*(uint64_t *)to = strtoull(json_string_value(value), NULL, 10);
	if (field->kind < SL_MCAP_TEXT)
		return;
	json_array_foreach (value, i, each) {
		unsigned char byte =
		    (unsigned char)strtoul(json_string_value(each), NULL, 10);

		if (sl_buf_append(buf, &byte, 1) != SL_OK)
			abort();
	}
	json_object_foreach ((json_t *)(uintptr_t)value, key, each) {
		if (sl_mcap_map_add(buf, sl_slice_text(key),
		        sl_slice_text(json_string_value(each))) != SL_OK)
			abort();
	}
	*(struct sl_slice *)to = json_is_string(value)
	    ? sl_slice_text(json_string_value(value))
	    : sl_buf_slice(buf);
}

static enum sl_status
write_record(struct sl_mcap_writer *writer, const struct sl_mcap_record *record)
{
	if (record->opcode == SL_MCAP_SCHEMA)
		return sl_mcap_writer_schema(writer, &record->as.schema, NULL);
	if (record->opcode == SL_MCAP_CHANNEL)
		return sl_mcap_writer_channel(
		    writer, &record->as.channel, NULL);
	if (record->opcode == SL_MCAP_MESSAGE)
		return sl_mcap_writer_message(
		    writer, &record->as.message, NULL);
	if (record->opcode == SL_MCAP_ATTACHMENT)
		return sl_mcap_writer_attachment(
		    writer, &record->as.attachment, NULL);
	if (record->opcode == SL_MCAP_METADATA)
		return sl_mcap_writer_metadata(
		    writer, &record->as.metadata, NULL);
	return SL_OK;
}

static enum sl_status
write_json(struct sl_mcap_writer *writer, const json_t *expected)
{
	static const unsigned opcodes[] = {SL_MCAP_SCHEMA, SL_MCAP_CHANNEL,
	    SL_MCAP_MESSAGE, SL_MCAP_ATTACHMENT, SL_MCAP_METADATA};
	json_t *flat = expected_json(expected);
	const char *type = json_string_value(json_object_get(flat, "type"));
	struct sl_mcap_record record = {0};
	struct held held = {0};
	const struct sl_mcap_layout *layout;
	enum sl_status status = SL_OK;

	for (size_t i = 0; i < sizeof(opcodes) / sizeof(*opcodes); i++)
		if (strcmp(sl_mcap_layout_of(opcodes[i])->name, type) == 0)
			record.opcode = (enum sl_mcap_opcode)opcodes[i];
	layout = sl_mcap_layout_of(record.opcode);
	for (size_t i = 0; layout != NULL && layout->fields[i].name != NULL;
	     i++) {
		const json_t *value = json_object_get(
		    json_object_get(flat, "fields"), layout->fields[i].name);

		if (value != NULL)
			hold_value(
			    &held, i, &record, &layout->fields[i], value);
	}
	if (layout != NULL)
		status = write_record(writer, &record);
	for (size_t i = 0; i < SL_MCAP_FIELDS_MAX; i++)
		sl_buf_clear(&held.bytes[i]);
	json_decref(flat);
	return status;
}

static enum sl_status
to_buffer(void *ctx, struct sl_slice bytes, struct sl_error *err)
{
	(void)err;
	return sl_buf_append(ctx, bytes.data, bytes.len);
}

static bool
writes_as(struct sl_slice file, const json_t *root)
{
	struct sl_buf out;
	struct sl_mcap_writer_options options = {.sink = to_buffer,
	    .sink_ctx = &out,
	    .profile = "",
	    .library = "",
	    .chunk_bytes = has_feature(root, "ch") ? 1u << 20 : 0,
	    .no_message_index = !has_feature(root, "mx"),
	    .no_chunk_index = !has_feature(root, "chx"),
	    .no_statistics = !has_feature(root, "st"),
	    .no_schemas = !has_feature(root, "rsh"),
	    .no_channels = !has_feature(root, "rch"),
	    .no_attachment_index = !has_feature(root, "ax"),
	    .no_metadata_index = !has_feature(root, "mdx"),
	    .no_summary_offsets = !has_feature(root, "sum")};
	struct sl_mcap_writer *writer;
	enum sl_status status;
	json_t *each;
	size_t i;
	bool is_same;

	sl_buf_init(&out, FILE_BYTES);
	status = sl_mcap_writer_new(&writer, &options, NULL);
	json_array_foreach (json_object_get(root, "records"), i, each) {
		if (strcmp(json_string_value(json_object_get(each, "type")),
		        "DataEnd") == 0)
			break;
		if (status == SL_OK)
			status = write_json(writer, each);
	}
	if (status == SL_OK)
		status = sl_mcap_writer_finish(writer, NULL);
	sl_mcap_writer_free(writer);
	is_same = status == SL_OK && sl_slice_is(sl_buf_slice(&out), file);
	sl_buf_clear(&out);
	return is_same;
}

/* ---- one pair of files ---- */

static void
judge(const char *name, bool is_good, unsigned *count, unsigned *good)
{
	(*count)++;
	*good += is_good;
	if (!is_good)
		printf("%s: not as expected\n", name);
}

static void
try_pair(const char *path, const char *name)
{
	json_t *root = json_load_file(path, 0, NULL);
	size_t len = strlen(path);
	const json_t *records = json_object_get(root, "records");
	struct sl_buf file;
	char mcap[4096];
	int fd;

	snprintf(mcap, sizeof(mcap), "%.*s.mcap", (int)len - 5, path);
	sl_buf_init(&file, FILE_BYTES);
	fd = open(mcap, O_RDONLY | O_CLOEXEC);
	if (root == NULL || fd < 0 ||
	    sl_file_read(&file, mcap, NULL) != SL_OK) {
		judge(name, false, &read_count, &read_good);
	} else {
		judge(
		    name, reads_as(fd, records, name), &read_count, &read_good);
		if (!has_feature(root, "pad"))
			judge(name, writes_as(sl_buf_slice(&file), root),
			    &write_count, &write_good);
		if (has_feature(root, "ch") && has_feature(root, "chx") &&
		    has_feature(root, "rch") && has_feature(root, "rsh"))
			judge(name, indexes_as(fd, records, name), &index_count,
			    &index_good);
	}
	if (fd >= 0)
		close(fd);
	sl_buf_clear(&file);
	json_decref(root);
}

static void
try_folder(const char *folder)
{
	struct dirent **names;
	int count = scandir(folder, &names, NULL, alphasort);
	char path[4096];

	for (int i = 0; i < count; i++) {
		size_t len = strlen(names[i]->d_name);

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_type == DT_DIR && names[i]->d_name[0] != '.')
			try_folder(path);
		else if (len > 5 &&
		    strcmp(names[i]->d_name + len - 5, ".json") == 0)
			try_pair(path, names[i]->d_name);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

int
main(void)
{
	const char *source = getenv("SL_SRCDIR");
	char folder[4096];

	snprintf(
	    folder, sizeof(folder), "%s" FOLDER, source == NULL ? "." : source);
	if (access(folder, R_OK) != 0) {
		printf("no conformance files of MCAP in %s\n", folder);
		return 77;
	}
	try_folder(folder);
	printf("MCAP conformance, streamed reader: %u of %u files\n", read_good,
	    read_count);
	printf("MCAP conformance, writer, the same bytes: %u of %u files\n",
	    write_good, write_count);
	printf("MCAP conformance, indexed reader: %u of %u files\n", index_good,
	    index_count);
	return read_good == read_count && write_good == write_count &&
	        index_good == index_count && read_count == 416
	    ? EXIT_SUCCESS
	    : EXIT_FAILURE;
}
