#include "anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sluice/base/checked.h"
#include "sluice/base/file.h"
#include "sluice/base/hex.h"
#include "sluice/crypto/sha256.h"

#define HEX_BYTES ((size_t)SL_TRUST_HASH_BYTES * 2)
/* "999999 <64 digits>\n" */
#define LINE_MAX_BYTES (6 + 1 + HEX_BYTES + 1)

/* One service's folder while a call works on it. */
struct anchor {
	char root[HEX_BYTES + 1];
	char *home; /* ROOT.ORIGIN */
	char *seen; /* its file */
	char *at;   /* ROOT@ENDPOINT, or NULL */
	int lock;
	bool is_bound;    /* `at` says this service */
	uint32_t version; /* 0: nothing was seen */
	unsigned char hash[SL_TRUST_HASH_BYTES];
};

static void
anchor_close(struct anchor *anchor)
{
	if (anchor->lock >= 0)
		close(anchor->lock);
	free(anchor->home);
	free(anchor->seen);
	free(anchor->at);
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

/* NULL if there is no memory. */
SL_PRINTF(1, 2)
static char *
make_path(const char *fmt, ...)
{
	va_list args;
	char *out;

	va_start(args, fmt);
	if (vasprintf(&out, fmt, args) < 0)
		out = NULL;
	va_end(args);
	return out;
}

static enum sl_status
name_files(struct anchor *anchor, const char *folder, const char *endpoint,
    const struct sl_trust_chain *chain, struct sl_error *err)
{
	unsigned char hash[SL_TRUST_HASH_BYTES];
	char at[HEX_BYTES + 1];
	enum sl_status status = sl_trust_pin_hash(hash, &chain->pin);

	sl_hex_encode(anchor->root, hash, sizeof(hash));
	if (status == SL_OK && endpoint != NULL) {
		status = sl_sha256_of(hash, sl_slice_text(endpoint));
		sl_hex_encode(at, hash, sizeof(hash));
		anchor->at = make_path("%s/%s@%s", folder, anchor->root, at);
	}
	anchor->home =
	    make_path("%s/%s.%s", folder, anchor->root, chain->newest.origin);
	anchor->seen = make_path(
	    "%s/%s.%s/seen", folder, anchor->root, chain->newest.origin);
	if (status != SL_OK || anchor->home == NULL || anchor->seen == NULL ||
	    (endpoint != NULL && anchor->at == NULL))
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	return SL_OK;
}

/* A file that is not there is empty. */
static enum sl_status
read_line(struct sl_buf *out, const char *path, struct sl_error *err)
{
	enum sl_status status = sl_file_read(out, path, err);

	if (status == SL_ERR_NOT_FOUND || status == SL_ERR_LIMIT) {
		sl_buf_clear(out);
		status = sl_error_clear(err);
	}
	return status;
}

static enum sl_status
read_seen(struct anchor *anchor, const char *folder, struct sl_error *err)
{
	char *old = make_path("%s/%s", folder, anchor->root);
	enum sl_status status = SL_ERR_NOMEM;
	struct sl_buf text;

	sl_buf_init(&text, LINE_MAX_BYTES);
	if (old == NULL)
		sl_error_set(err, status, "out of memory");
	else
		status = read_line(&text, anchor->seen, err);
	if (status == SL_OK && text.len == 0)
		status = read_line(&text, old, err);
	if (status == SL_OK && text.len > 0)
		parse(anchor, sl_buf_slice(&text));
	sl_buf_clear(&text);
	free(old);
	return status;
}

/* Whose trust files did this server show before? */
static enum sl_status
check_server(struct anchor *anchor, const char *endpoint,
    const struct sl_trust_chain *chain, struct sl_error *err)
{
	const char *origin = chain->newest.origin;
	struct sl_buf text;
	enum sl_status status;

	if (anchor->at == NULL)
		return SL_OK;
	sl_buf_init(&text, SL_TRUST_ORIGIN_MAX + 1);
	status = read_line(&text, anchor->at, err);
	anchor->is_bound = status == SL_OK && text.len > 0;
	if (anchor->is_bound &&
	    (text.len != strlen(origin) + 1 ||
	        memcmp(text.data, origin, text.len - 1) != 0))
		status = sl_error_code(err, SL_ERR_INTEGRITY, "trust_mismatch",
		    "the trust files of %.80s were of the service %.*s "
		    "before, and are now of %.80s: it shows another service's; "
		    "if the provider says that this is right, remove %.160s",
		    endpoint, (int)text.len - 1, (const char *)text.data,
		    origin, anchor->at);
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
		    "this machine has seen version %u of the trust file, and "
		    "this is version %u: it lacks what root said since, such "
		    "as which keys are revoked",
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

static enum sl_status
judge(struct anchor *anchor, const char *folder, const char *endpoint,
    const struct sl_trust_chain *chain, struct sl_error *err)
{
	enum sl_status status =
	    name_files(anchor, folder, endpoint, chain, err);

	if (status == SL_OK)
		status = read_seen(anchor, folder, err);
	if (status == SL_OK)
		status = compare(anchor, chain, err);
	return status == SL_OK ? check_server(anchor, endpoint, chain, err)
	                       : status;
}

enum sl_status
sl_anchor_check(const char *folder, const char *endpoint,
    const struct sl_trust_chain *chain, struct sl_error *err)
{
	struct anchor anchor = {.lock = -1};
	enum sl_status status;

	if (folder == NULL)
		return SL_OK;
	status = judge(&anchor, folder, endpoint, chain, err);
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

/* Trust files that the mirror has, where another mirror finds them. */
static enum sl_status
copy_chain(const struct anchor *anchor, const struct sl_trust_chain *chain,
    int meta, struct sl_error *err)
{
	enum sl_status status;
	int home;

	if (meta < 0)
		return SL_OK;
	home =
	    open(anchor->home, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (home < 0)
		return sl_error_errno(err, "%s", anchor->home);
	status = sl_chain_copy(chain, meta, home, err);
	close(home);
	return status;
}

/* The trust files first: what `seen` names is there. */
static enum sl_status
write_anchor(const struct anchor *anchor, const struct sl_trust_chain *chain,
    int meta, struct sl_error *err)
{
	char hex[HEX_BYTES + 1];
	char line[LINE_MAX_BYTES + 8];
	enum sl_status status = sl_file_make_dirs(anchor->home, err);
	int len;

	if (status == SL_OK)
		status = copy_chain(anchor, chain, meta, err);
	if (status != SL_OK || sl_trust_chain_version(chain) <= anchor->version)
		return status;
	sl_hex_encode(hex, chain->hash, sizeof(chain->hash));
	len = snprintf(
	    line, sizeof(line), "%u %s\n", sl_trust_chain_version(chain), hex);
	return sl_file_replace(
	    anchor->seen, sl_slice_of(line, (size_t)len), 0600, err);
}

static enum sl_status
bind_server(const struct anchor *anchor, const struct sl_trust_chain *chain,
    struct sl_error *err)
{
	char line[SL_TRUST_ORIGIN_MAX + 2];
	int len;

	if (anchor->at == NULL || anchor->is_bound)
		return SL_OK;
	len = snprintf(line, sizeof(line), "%s\n", chain->newest.origin);
	return sl_file_replace(
	    anchor->at, sl_slice_of(line, (size_t)len), 0600, err);
}

enum sl_status
sl_anchor_raise(const char *folder, const char *endpoint,
    const struct sl_trust_chain *chain, int meta, struct sl_error *err)
{
	struct anchor anchor = {.lock = -1};
	enum sl_status status;

	if (folder == NULL)
		return SL_OK;
	status = lock_folder(&anchor, folder, err);
	if (status == SL_OK)
		status = judge(&anchor, folder, endpoint, chain, err);
	if (status == SL_OK)
		status = write_anchor(&anchor, chain, meta, err);
	if (status == SL_OK)
		status = bind_server(&anchor, chain, err);
	anchor_close(&anchor);
	return status;
}

enum sl_status
sl_anchor_extend(
    const char *folder, struct sl_trust_chain *chain, struct sl_error *err)
{
	struct anchor anchor = {.lock = -1};
	enum sl_status status;
	int home = -1;

	if (folder == NULL || sl_trust_chain_version(chain) == 0)
		return SL_OK;
	status = name_files(&anchor, folder, NULL, chain, err);
	if (status == SL_OK)
		home = open(anchor.home,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (home >= 0) {
		status = sl_chain_load(chain, home, err);
		close(home);
	}
	anchor_close(&anchor);
	/* A chain that ends too early is what sl_anchor_check refuses. */
	return status == SL_ERR_INTEGRITY ? sl_error_clear(err) : status;
}
