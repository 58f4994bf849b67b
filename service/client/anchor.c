#include "anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"

#define HEX_BYTES ((size_t)SL_TRUST_HASH_BYTES * 2)
/* "999999 <64 digits>\n" */
#define LINE_MAX_BYTES (6 + 1 + HEX_BYTES + 1)

/* One root's file while a call works on it. */
struct anchor {
	char *path;
	int lock;
	uint32_t version; /* 0: nothing was seen */
	unsigned char hash[SL_TRUST_HASH_BYTES];
};

static void
anchor_close(struct anchor *anchor)
{
	if (anchor->lock >= 0)
		close(anchor->lock);
	free(anchor->path);
}

/* The file's one line; anything else says nothing. */
static void
parse(struct anchor *anchor, struct sl_slice text)
{
	const char *space = memchr(text.data, ' ', text.len);
	char digits[8] = "";
	uint64_t version;
	size_t at;

	if (space == NULL || text.data[text.len - 1] != '\n')
		return;
	at = (size_t)(space - (const char *)text.data);
	if (at >= sizeof(digits) || text.len != at + 1 + HEX_BYTES + 1)
		return;
	memcpy(digits, text.data, at);
	if (sl_parse_u64(digits, SL_TRUST_VERSION_MAX, &version) &&
	    sl_hex_decode(anchor->hash, sizeof(anchor->hash),
	        sl_slice_of(space + 1, HEX_BYTES)) == SL_OK)
		anchor->version = (uint32_t)version;
}

static enum sl_status
read_anchor(struct anchor *anchor, const char *folder,
    const struct sl_trust_chain *chain, struct sl_error *err)
{
	unsigned char root[SL_TRUST_HASH_BYTES];
	char name[HEX_BYTES + 1];
	enum sl_status status = sl_trust_pin_hash(root, &chain->pin);
	struct sl_buf text;

	if (status != SL_OK)
		return sl_error_set(err, status, "out of memory");
	sl_hex_encode(name, root, sizeof(root));
	if (asprintf(&anchor->path, "%s/%s", folder, name) < 0) {
		anchor->path = NULL;
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	}
	sl_buf_init(&text, LINE_MAX_BYTES);
	status = sl_file_read(&text, anchor->path, err);
	if (status == SL_OK && text.len > 0)
		parse(anchor, sl_buf_slice(&text));
	if (status == SL_ERR_NOT_FOUND || status == SL_ERR_LIMIT)
		status = sl_error_clear(err);
	sl_buf_clear(&text);
	return status;
}

static enum sl_status
compare(const struct anchor *anchor, const struct sl_trust_chain *chain,
    struct sl_error *err)
{
	uint32_t version = sl_trust_chain_version(chain);

	if (version < anchor->version)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_rollback",
		    "this machine has seen version %u of the trust file, the "
		    "server has %u: it hides what root said since, such as "
		    "which keys are revoked",
		    anchor->version, version);
	if (version == anchor->version &&
	    memcmp(anchor->hash, chain->hash, sizeof(chain->hash)) != 0)
		return sl_error_code(err, SL_ERR_INTEGRITY, "trust_mismatch",
		    "version %u of the trust file is another text than this "
		    "machine saw before, and both are signed: enough root "
		    "keys signed two",
		    version);
	return SL_OK;
}

enum sl_status
sl_anchor_check(const char *folder, const struct sl_trust_chain *chain,
    struct sl_error *err)
{
	struct anchor anchor = {.lock = -1};
	enum sl_status status;

	if (folder == NULL)
		return SL_OK;
	status = read_anchor(&anchor, folder, chain, err);
	if (status == SL_OK)
		status = compare(&anchor, chain, err);
	anchor_close(&anchor);
	return status;
}

/* Others wait while we compare and write. */
static enum sl_status
lock_folder(struct anchor *anchor, const char *folder, struct sl_error *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	enum sl_status status = sl_file_make_dirs(folder, err);
	char *path;

	if (status != SL_OK)
		return status;
	if (asprintf(&path, "%s/lock", folder) < 0)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	anchor->lock =
	    open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (anchor->lock < 0 || fcntl(anchor->lock, F_OFD_SETLKW, &lock) != 0)
		status = sl_error_errno(err, "%s", path);
	free(path);
	return status;
}

static enum sl_status
write_anchor(const struct anchor *anchor, const struct sl_trust_chain *chain,
    struct sl_error *err)
{
	char hex[HEX_BYTES + 1];
	char line[LINE_MAX_BYTES + 8];
	int len;

	sl_hex_encode(hex, chain->hash, sizeof(chain->hash));
	len = snprintf(
	    line, sizeof(line), "%u %s\n", sl_trust_chain_version(chain), hex);
	return sl_file_replace(
	    anchor->path, sl_slice_of(line, (size_t)len), 0600, err);
}

enum sl_status
sl_anchor_raise(const char *folder, const struct sl_trust_chain *chain,
    struct sl_error *err)
{
	struct anchor anchor = {.lock = -1};
	enum sl_status status;

	if (folder == NULL)
		return SL_OK;
	status = lock_folder(&anchor, folder, err);
	if (status == SL_OK)
		status = read_anchor(&anchor, folder, chain, err);
	if (status == SL_OK)
		status = compare(&anchor, chain, err);
	if (status == SL_OK && sl_trust_chain_version(chain) > anchor.version)
		status = write_anchor(&anchor, chain, err);
	anchor_close(&anchor);
	return status;
}
