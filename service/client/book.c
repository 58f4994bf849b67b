#include "sluice/client/book.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/buf.h"
#include "sluice/base/clock.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/catalog/json.h"

#define LINE_MAX_BYTES 160
#define BYTES_MAX      ((size_t)SL_BOOK_HEADS_MAX * 2 * LINE_MAX_BYTES)
#define HEX_BYTES      ((size_t)SL_SHA256_BYTES * 2)
/* Of these, the newest, none is let go. */
#define DENSE 1024

/* One licence's file while a call works on it. */
struct book {
	const char *folder;
	char licence[SL_UUID_TEXT_LEN + 1];
	char *path;
	int lock;
	struct sl_book_head *heads; /* ascending by number */
	size_t count;
	size_t capacity;
	bool is_ragged;     /* the file has a line that is not whole */
	struct sl_buf text; /* lines to append */
};

static void
book_clear(struct book *book)
{
	if (book->lock >= 0)
		close(book->lock);
	free(book->path);
	free(book->heads);
	sl_buf_clear(&book->text);
}

/* -- the file -- */

/* The word at the front, which is taken away with the space after it. */
static struct sl_slice
take_word(struct sl_slice *line)
{
	size_t len = 0;
	struct sl_slice word;

	while (len < line->len && line->data[len] != ' ')
		len++;
	word = sl_slice_of(line->data, len);
	len += len < line->len;
	*line = sl_slice_of(line->data + len, line->len - len);
	return word;
}

static enum sl_status
parse_number(uint64_t *out, struct sl_slice word)
{
	*out = 0;
	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] < '0' || word.data[i] > '9' ||
		    *out > (INT64_MAX - 9) / 10)
			return SL_ERR_INVALID;
		*out = *out * 10 + (uint64_t)(word.data[i] - '0');
	}
	return *out > 0 ? SL_OK : SL_ERR_INVALID;
}

static enum sl_status
parse_line(struct sl_book_head *out, struct sl_slice line)
{
	struct sl_slice number = take_word(&line);
	struct sl_slice head = take_word(&line);
	struct sl_slice at = take_word(&line);

	memset(out, 0, sizeof(*out));
	if (line.len == 0 || line.len > SL_BOOK_SOURCE_MAX ||
	    parse_number(&out->number, number) != SL_OK ||
	    sl_hex_decode(out->head, sizeof(out->head), head) != SL_OK ||
	    sl_time_parse(&out->at_us, at) != SL_OK)
		return SL_ERR_INVALID;
	memcpy(out->source, line.data, line.len);
	return SL_OK;
}

static enum sl_status
append_line(struct sl_buf *text, const struct sl_book_head *head)
{
	char hex[HEX_BYTES + 1];
	char at[SL_TIME_TEXT_MAX];

	sl_hex_encode(hex, head->head, sizeof(head->head));
	sl_time_format(at, head->at_us);
	return sl_buf_printf(text, "%" PRIu64 " %s %s %s\n", head->number, hex,
	    at, head->source);
}

/* Where the number is, or belongs. */
static size_t
find(const struct book *book, uint64_t number)
{
	size_t low = 0;
	size_t high = book->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (book->heads[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum sl_status
insert(struct book *book, size_t at, const struct sl_book_head *head)
{
	if (book->count == book->capacity) {
		size_t capacity = book->capacity == 0 ? 64 : book->capacity * 2;
		struct sl_book_head *more =
		    reallocarray(book->heads, capacity, sizeof(*more));

		if (more == NULL)
			return SL_ERR_NOMEM;
		book->heads = more;
		book->capacity = capacity;
	}
	memmove(&book->heads[at + 1], &book->heads[at],
	    (book->count - at) * sizeof(*book->heads));
	book->heads[at] = *head;
	book->count++;
	return SL_OK;
}

/* What a crash or a bad disk left of a line is no evidence: passed over. */
static enum sl_status
read_lines(struct book *book, struct sl_slice text)
{
	enum sl_status status = SL_OK;

	while (status == SL_OK && text.len > 0) {
		const unsigned char *end = memchr(text.data, '\n', text.len);
		struct sl_book_head head;
		size_t at, len;

		book->is_ragged = end == NULL;
		len = end == NULL ? text.len : (size_t)(end - text.data);
		if (end != NULL &&
		    parse_line(&head, sl_slice_of(text.data, len)) == SL_OK) {
			at = find(book, head.number);
			if (at == book->count ||
			    book->heads[at].number != head.number)
				status = insert(book, at, &head);
		}
		len += end != NULL;
		text = sl_slice_of(text.data + len, text.len - len);
	}
	return status;
}

static enum sl_status
read_file(struct book *book, struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, BYTES_MAX);
	status = sl_file_read(&text, book->path, err);
	if (status == SL_ERR_NOT_FOUND) {
		sl_buf_clear(&text);
		return sl_error_clear(err);
	}
	if (status == SL_OK) {
		status = read_lines(book, sl_buf_slice(&text));
		if (status != SL_OK)
			sl_error_set(err, status, "%s", book->path);
	}
	sl_buf_clear(&text);
	return status;
}

/* Wait for other programs. */
static enum sl_status
take_lock(struct book *book, struct sl_error *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path;

	if (asprintf(&path, "%s/lock", book->folder) < 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	book->lock =
	    open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	free(path);
	if (book->lock < 0)
		return sl_error_errno(err, "%s/lock", book->folder);
	while (fcntl(book->lock, F_OFD_SETLKW, &lock) != 0) {
		if (errno != EINTR)
			return sl_error_errno(err, "%s/lock", book->folder);
	}
	return SL_OK;
}

static enum sl_status
book_open(struct book *book, const char *folder, const struct sl_uuid *licence,
    bool is_written, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	memset(book, 0, sizeof(*book));
	book->folder = folder;
	book->lock = -1;
	sl_buf_init(&book->text, BYTES_MAX);
	sl_uuid_format(book->licence, licence);
	if (asprintf(&book->path, "%s/%s.heads", folder, book->licence) < 0) {
		book->path = NULL;
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	if (is_written)
		status = sl_file_make_dirs(folder, err);
	if (status == SL_OK && is_written)
		status = take_lock(book, err);
	return status == SL_OK ? read_file(book, err) : status;
}

/* -- a fork -- */

static json_t *
head_json(const struct sl_book_head *head)
{
	char hex[HEX_BYTES + 1];
	char at[SL_TIME_TEXT_MAX];

	sl_hex_encode(hex, head->head, sizeof(head->head));
	sl_time_format(at, head->at_us);
	return json_pack(
	    "{s:s, s:s, s:s}", "head", hex, "at", at, "source", head->source);
}

static enum sl_status
forked(const struct book *book, const struct sl_book_head *kept,
    const struct sl_book_head *told, struct sl_error *err)
{
	json_t *object = json_pack("{s:i, s:s, s:s, s:I, s:o, s:o}", "version",
	    1, "type", "ledger_fork", "licence", book->licence, "number",
	    (json_int_t)kept->number, "kept", head_json(kept), "told",
	    head_json(told));
	enum sl_status status = SL_ERR_NOMEM;
	struct sl_buf text;
	char *path = NULL;

	sl_buf_init(&text, 4096);
	if (object != NULL &&
	    asprintf(&path, "%s/%s.fork-%" PRIu64 ".json", book->folder,
	        book->licence, kept->number) >= 0)
		status = sl_json_dump(&text, object);
	if (status == SL_OK)
		status = sl_buf_append_text(&text, "\n");
	if (status == SL_OK)
		status = sl_file_replace(path, sl_buf_slice(&text), 0644, err);
	if (status == SL_OK)
		status = sl_error_code(err, SL_ERR_INTEGRITY, "ledger_fork",
		    "the provider told two heads for row %" PRIu64
		    " of the ledger of licence %s: one of its histories is "
		    "false; both are in %s. Once it is settled, move %s.heads "
		    "out of that folder",
		    kept->number, book->licence, path, book->licence);
	json_decref(object);
	sl_buf_clear(&text);
	free(path);
	return status;
}

/* -- keeping -- */

static enum sl_status
add(struct book *book, const struct sl_book_head *head, struct sl_error *err)
{
	size_t at = find(book, head->number);
	enum sl_status status;

	if (head->number == 0)
		return SL_OK;
	if (at < book->count && book->heads[at].number == head->number) {
		if (memcmp(book->heads[at].head, head->head,
		        sizeof(head->head)) == 0)
			return SL_OK;
		return forked(book, &book->heads[at], head, err);
	}
	status = insert(book, at, head);
	if (status == SL_OK)
		status = append_line(&book->text, head);
	return status == SL_OK ? SL_OK
	                       : sl_error_set(err, status, "%s", book->path);
}

/* Every second of the old ones goes. */
static enum sl_status
thin_out(struct book *book, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	size_t kept = 0;

	for (size_t i = 0; i < book->count; i++) {
		if (i % 2 == 0 || i + DENSE >= book->count)
			book->heads[kept++] = book->heads[i];
	}
	book->count = kept;
	sl_buf_reset(&book->text);
	for (size_t i = 0; status == SL_OK && i < kept; i++)
		status = append_line(&book->text, &book->heads[i]);
	if (status != SL_OK)
		return sl_error_set(err, status, "%s", book->path);
	return sl_file_replace(
	    book->path, sl_buf_slice(&book->text), 0644, err);
}

static enum sl_status
write_lines(struct book *book, struct sl_error *err)
{
	int fd;
	enum sl_status status;
	bool is_new = access(book->path, F_OK) != 0;

	if (book->text.len == 0)
		return SL_OK;
	if (book->count > SL_BOOK_HEADS_MAX)
		return thin_out(book, err);
	fd = open(book->path,
	    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return sl_error_errno(err, "%s", book->path);
	/* A line that a crash cut is ended first. */
	status = book->is_ragged ? sl_file_write_all(fd, "\n", 1, err) : SL_OK;
	if (status == SL_OK)
		status =
		    sl_file_write_all(fd, book->text.data, book->text.len, err);
	if (status == SL_OK && fsync(fd) != 0)
		status = sl_error_errno(err, "%s", book->path);
	close(fd);
	if (status == SL_OK && is_new)
		status = sl_file_sync_dir(book->folder, err);
	return status;
}

enum sl_status
sl_book_keep(const char *folder, const struct sl_uuid *licence,
    const struct sl_book_head *head, struct sl_error *err)
{
	enum sl_status status;
	struct book book;

	status = book_open(&book, folder, licence, true, err);
	if (status == SL_OK)
		status = add(&book, head, err);
	if (status == SL_OK)
		status = write_lines(&book, err);
	book_clear(&book);
	return status;
}

enum sl_status
sl_book_read(const char *folder, const struct sl_uuid *licence,
    struct sl_book_head **out, size_t *count, struct sl_error *err)
{
	enum sl_status status;
	struct book book;

	*out = NULL;
	*count = 0;
	status = book_open(&book, folder, licence, false, err);
	if (status == SL_OK) {
		*out = book.heads;
		*count = book.count;
		book.heads = NULL;
	}
	book_clear(&book);
	return status;
}

enum sl_status
sl_book_merge(const char *folder, const char *other,
    const struct sl_uuid *licence, struct sl_error *err)
{
	struct sl_book_head *heads;
	enum sl_status status;
	struct book book;
	size_t count;

	status = sl_book_read(other, licence, &heads, &count, err);
	if (status != SL_OK)
		return status;
	status = book_open(&book, folder, licence, true, err);
	for (size_t i = 0; status == SL_OK && i < count; i++)
		status = add(&book, &heads[i], err);
	if (status == SL_OK)
		status = write_lines(&book, err);
	book_clear(&book);
	free(heads);
	return status;
}
