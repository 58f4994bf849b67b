#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/buf.h"
#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/catalog/name.h"
#include "sluice/crypto/token.h"

#define HEADER      "sluice-journal/v1 boot="
#define BOOT_MAX    64
#define JOURNAL_MAX (256 * 1024 * 1024)
#define RECORD_MAX  48

struct sl_journal {
	pthread_mutex_t lock;
	int fd;
	char *path;
	char boot[BOOT_MAX];
	bool is_doubtful;
	struct sl_holdings chunks;
};

/* Of this machine since it was started; "unknown" is never equal to itself
 * for is_doubtful. */
static void
read_boot(char out[BOOT_MAX])
{
	ssize_t len = -1;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		len = read(fd, out, BOOT_MAX - 1);
		close(fd);
	}
	out[len > 0 ? len : 0] = '\0';
	out[strcspn(out, " \n")] = '\0';
	if (out[0] == '\0')
		snprintf(out, BOOT_MAX, "unknown");
}

/* The next line without its newline; false if none is whole. */
static bool
next_line(struct sl_slice *text, char *line, size_t max)
{
	const unsigned char *end =
	    text->len == 0 ? NULL : memchr(text->data, '\n', text->len);
	size_t len;

	if (end == NULL)
		return false;
	len = (size_t)(end - text->data);
	if (len >= max)
		return false;
	memcpy(line, text->data, len);
	line[len] = '\0';
	*text = sl_slice_of(end + 1, text->len - len - 1);
	return strlen(line) == len;
}

static void
format_record(char out[RECORD_MAX], uint32_t seq, uint32_t chunk)
{
	size_t len =
	    (size_t)snprintf(out, RECORD_MAX, "chunk %u %u", seq, chunk);

	snprintf(out + len, RECORD_MAX - len, " %08x\n",
	    sl_crc32(sl_slice_of(out, len)));
}

/* Only the very line that format_record() makes of its numbers. */
static bool
parse_record(const char *line, uint32_t *seq, uint32_t *chunk)
{
	char words[RECORD_MAX];
	char same[RECORD_MAX];
	uint64_t a, b;
	char *first, *second, *crc;

	if (strlen(line) >= sizeof(words))
		return false;
	memcpy(words, line, strlen(line) + 1);
	first = strchr(words, ' ');
	second = first == NULL ? NULL : strchr(first + 1, ' ');
	crc = second == NULL ? NULL : strchr(second + 1, ' ');
	if (crc == NULL)
		return false;
	*second = *crc = '\0';
	if (!sl_parse_u64(first + 1, SL_SEQ_MAX, &a) ||
	    !sl_parse_u64(second + 1, SL_RANGE_VALUE_MAX, &b))
		return false;
	*seq = (uint32_t)a;
	*chunk = (uint32_t)b;
	format_record(same, *seq, *chunk);
	same[strlen(same) - 1] = '\0';
	return strcmp(same, line) == 0;
}

enum sl_status
sl_journal_replay(struct sl_holdings *out, char boot[BOOT_MAX],
    struct sl_slice text, struct sl_error *err)
{
	char line[128];
	uint32_t seq, chunk;

	boot[0] = '\0';
	if (!next_line(&text, line, sizeof(line)) ||
	    strncmp(line, HEADER, strlen(HEADER)) != 0)
		return SL_OK;
	snprintf(boot, BOOT_MAX, "%.63s", line + strlen(HEADER));
	while (next_line(&text, line, sizeof(line)) &&
	    parse_record(line, &seq, &chunk)) {
		enum sl_status status = sl_holdings_add(out, seq, chunk, chunk);

		if (status != SL_OK)
			return sl_error_set(err, status, "journal");
	}
	return SL_OK;
}

static enum sl_status
append_text(struct sl_journal *journal, const struct sl_holdings *keep,
    struct sl_buf *text)
{
	enum sl_status status =
	    sl_buf_printf(text, HEADER "%s\n", journal->boot);

	for (size_t i = 0; i < keep->count; i++) {
		const struct sl_multirange *set = &keep->batches[i].set;

		for (size_t r = 0; r < set->count; r++) {
			for (uint32_t chunk = set->ranges[r].first;
			     status == SL_OK && chunk <= set->ranges[r].last;
			     chunk++) {
				char record[RECORD_MAX];

				format_record(
				    record, keep->batches[i].seq, chunk);
				status = sl_buf_append_text(text, record);
			}
		}
	}
	return status;
}

enum sl_status
sl_journal_rewrite(struct sl_journal *journal, const struct sl_holdings *keep,
    struct sl_error *err)
{
	enum sl_status status;
	struct sl_buf text;

	sl_buf_init(&text, JOURNAL_MAX);
	status = append_text(journal, keep, &text);
	if (status != SL_OK)
		status = sl_error_set(err, status, "journal");
	else
		status = sl_file_replace(
		    journal->path, sl_buf_slice(&text), 0644, err);
	sl_buf_clear(&text);
	if (status != SL_OK)
		return status;
	if (journal->fd >= 0)
		close(journal->fd);
	journal->fd =
	    open(journal->path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	if (journal->fd < 0)
		return sl_error_errno(err, "%s", journal->path);
	if (keep != &journal->chunks) {
		sl_holdings_clear(&journal->chunks);
		status = sl_holdings_copy(&journal->chunks, keep);
	}
	journal->is_doubtful = false;
	return status;
}

static enum sl_status
read_journal(struct sl_journal *journal, struct sl_error *err)
{
	enum sl_status status;
	char boot[BOOT_MAX];
	struct sl_buf text;

	sl_buf_init(&text, JOURNAL_MAX);
	status = sl_file_read(&text, journal->path, err);
	if (status == SL_OK)
		status = sl_journal_replay(
		    &journal->chunks, boot, sl_buf_slice(&text), err);
	else if (status == SL_ERR_NOT_FOUND)
		status = sl_error_clear(err);
	sl_buf_clear(&text);
	if (status == SL_OK && journal->chunks.count > 0)
		journal->is_doubtful = strcmp(boot, journal->boot) != 0 ||
		    strcmp(boot, "unknown") == 0;
	return status;
}

enum sl_status
sl_journal_open(struct sl_journal **out, const char *path, struct sl_error *err)
{
	struct sl_journal *journal = calloc(1, sizeof(*journal));
	enum sl_status status;
	bool doubtful;

	*out = NULL;
	if (journal == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	pthread_mutex_init(&journal->lock, NULL);
	journal->fd = -1;
	journal->path = strdup(path);
	read_boot(journal->boot);
	status = journal->path == NULL
	    ? sl_error_set(err, SL_ERR_NOMEM, "out of memory")
	    : read_journal(journal, err);
	if (status != SL_OK) {
		sl_journal_close(journal);
		return status;
	}
	/* A doubtful one keeps its old boot id until it was checked. */
	doubtful = journal->is_doubtful;
	if (!doubtful)
		status = sl_journal_rewrite(journal, &journal->chunks, err);
	if (status != SL_OK) {
		sl_journal_close(journal);
		return status;
	}
	*out = journal;
	return SL_OK;
}

void
sl_journal_close(struct sl_journal *journal)
{
	if (journal == NULL)
		return;
	if (journal->fd >= 0)
		close(journal->fd);
	sl_holdings_clear(&journal->chunks);
	free(journal->path);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}

enum sl_status
sl_journal_append(struct sl_journal *journal, uint32_t seq, uint32_t chunk,
    struct sl_error *err)
{
	char record[RECORD_MAX];
	enum sl_status status = SL_OK;

	if (journal->fd < 0)
		return sl_error_set(
		    err, SL_ERR_STATE, "journal is not yet checked");
	format_record(record, seq, chunk);
	pthread_mutex_lock(&journal->lock);
	status = sl_file_write_all(journal->fd, record, strlen(record), err);
	pthread_mutex_unlock(&journal->lock);
	return status != SL_OK
	    ? sl_error_prefix(err, status, ".sluice/" SL_JOURNAL_PLACE)
	    : SL_OK;
}

const struct sl_holdings *
sl_journal_chunks(const struct sl_journal *journal)
{
	return &journal->chunks;
}

bool
sl_journal_is_doubtful(const struct sl_journal *journal)
{
	return journal->is_doubtful;
}
