#include "chain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cabinet.h"
#include "tree.h"

#define FOLDER         "trust"
#define SUFFIX         ".minisig"
#define NAME_MAX_BYTES 32

/* -- one version as it travels -- */

void
sl_chain_link_init(struct sl_chain_link *link, uint32_t version)
{
	memset(link, 0, sizeof(*link));
	link->version = version;
	sl_buf_init(&link->text, SL_TRUST_BYTES_MAX);
}

void
sl_chain_link_clear(struct sl_chain_link *link)
{
	sl_buf_clear(&link->text);
	for (size_t i = 0; i < link->count; i++)
		sl_buf_clear(&link->signatures[i]);
	link->count = 0;
}

/* "0123456789ABCDEF.minisig" */
static bool
is_signature_name(const char *name)
{
	return strspn(name, "0123456789ABCDEF") == SL_KEY_ID_TEXT_LEN &&
	    strcmp(name + SL_KEY_ID_TEXT_LEN, SUFFIX) == 0;
}

struct sl_buf *
sl_chain_link_add(struct sl_chain_link *link, const char *name)
{
	if (!is_signature_name(name) ||
	    link->count == SL_TRUST_SIGNATURES_MAX ||
	    (link->count > 0 &&
	        strcmp(link->names[link->count - 1], name) >= 0))
		return NULL;
	memcpy(link->names[link->count], name, strlen(name) + 1);
	sl_buf_init(&link->signatures[link->count], SL_MINISIG_MAX);
	return &link->signatures[link->count++];
}

/* -- the chain -- */

enum sl_status
sl_chain_init(struct sl_trust_chain *chain, const struct sl_trust_pin *pin,
    struct sl_error *err)
{
	sl_trust_chain_init(chain, pin);
	if (pin->version > 0)
		return SL_OK;
	return sl_error_code(err, SL_ERR_INTEGRITY, "no_root",
	    "the profile pins no root keys, so nothing can be checked: ask "
	    "your provider for a new profile, or trust what the server says "
	    "now with `sluice login --trust-on-first-use`");
}

void
sl_chain_fingerprint(
    char out[SL_TRUST_FINGERPRINT_LEN + 1], const struct sl_trust_chain *chain)
{
	if (sl_trust_pin_fingerprint(out, &chain->pin) != SL_OK)
		out[0] = '\0';
}

enum sl_status
sl_chain_accept(struct sl_trust_chain *chain, const struct sl_chain_link *link,
    struct sl_error *err)
{
	struct sl_slice signatures[SL_TRUST_SIGNATURES_MAX];
	const struct sl_trust_brought brought = {.version = link->version,
	    .text = sl_buf_slice(&link->text),
	    .signatures = signatures,
	    .signature_count = link->count};

	for (size_t i = 0; i < link->count; i++)
		signatures[i] = sl_buf_slice(&link->signatures[i]);
	return sl_trust_chain_accept(chain, &brought, err);
}

/* -- the folder -- */

/* All signatures that the folder of a version has, in order of their names. */
static enum sl_status
read_signatures(int folder, struct sl_chain_link *link, struct sl_error *err)
{
	enum sl_status status = SL_OK;
	struct dirent **names;
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count =
	    again < 0 ? -1 : scandirat(again, ".", &names, NULL, alphasort);

	if (again >= 0)
		close(again);
	if (count < 0)
		return sl_error_errno(err, "signatures");
	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;
		struct sl_buf *buf = status != SL_OK || !is_signature_name(name)
		    ? NULL
		    : sl_chain_link_add(link, name);

		if (buf != NULL)
			status = sl_cabinet_read(folder, name, buf, err);
		if (buf != NULL && status != SL_OK)
			sl_error_prefix(err, status, "%s", name);
		free(names[i]);
	}
	free(names);
	return status;
}

static enum sl_status
read_link(int folder, struct sl_chain_link *link, struct sl_error *err)
{
	enum sl_status status =
	    sl_cabinet_read(folder, "trust", &link->text, err);

	if (status != SL_OK)
		return sl_error_prefix(err, status, "trust");
	return read_signatures(folder, link, err);
}

/* Is this how reading a file of ours fails when someone changed it? */
static bool
is_damage(enum sl_status status)
{
	return status == SL_ERR_INTEGRITY || status == SL_ERR_NOT_FOUND ||
	    status == SL_ERR_LIMIT || status == SL_ERR_INVALID;
}

/* SL_ERR_NOT_FOUND if the version is not kept; a part of it that is missing is
 * damage. */
static enum sl_status
read_version(int meta, struct sl_chain_link *link, struct sl_error *err)
{
	char name[NAME_MAX_BYTES];
	enum sl_status status;
	int folder;

	snprintf(name, sizeof(name), FOLDER "/%06u", link->version);
	folder =
	    openat(meta, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0 && errno == ENOENT)
		return SL_ERR_NOT_FOUND;
	if (folder < 0)
		return sl_error_errno(err, "not readable");
	status = read_link(folder, link, err);
	close(folder);
	return status == SL_ERR_NOT_FOUND ? SL_ERR_INTEGRITY : status;
}

/* SL_ERR_NOT_FOUND if the version is not kept. */
static enum sl_status
load_version(struct sl_trust_chain *chain, int meta, uint32_t version,
    struct sl_error *err)
{
	struct sl_chain_link link;
	enum sl_status status;

	sl_chain_link_init(&link, version);
	status = read_version(meta, &link, err);
	if (status == SL_ERR_NOT_FOUND) {
		sl_chain_link_clear(&link);
		return status;
	}
	if (is_damage(status))
		status = sl_error_code(err, SL_ERR_INTEGRITY, "trust_damaged",
		    "%.200s", err == NULL ? "" : err->text);
	if (status == SL_OK)
		status = sl_chain_accept(chain, &link, err);
	if (status != SL_OK)
		sl_error_prefix(
		    err, status, ".sluice/" FOLDER "/%06u", version);
	sl_chain_link_clear(&link);
	return status;
}

enum sl_status
sl_chain_load(struct sl_trust_chain *chain, int meta, struct sl_error *err)
{
	uint32_t version = sl_trust_chain_known(chain) + 1;
	enum sl_status status = SL_OK;

	while (status == SL_OK && version <= SL_TRUST_VERSION_MAX)
		status = load_version(chain, meta, version++, err);
	return status == SL_ERR_NOT_FOUND ? SL_OK : status;
}

enum sl_status
sl_chain_store(const struct sl_chain_link *link, int meta, struct sl_error *err)
{
	struct sl_cabinet_file files[1 + SL_TRUST_SIGNATURES_MAX] = {
	    {"trust", sl_buf_slice(&link->text)}};
	char name[NAME_MAX_BYTES];
	enum sl_status status;
	int folder;

	for (size_t i = 0; i < link->count; i++) {
		files[i + 1].name = link->names[i];
		files[i + 1].bytes = sl_buf_slice(&link->signatures[i]);
	}
	snprintf(name, sizeof(name), "%06u", link->version);
	status = sl_tree_make_folder(meta, FOLDER, &folder, err);
	if (status != SL_OK)
		return status;
	status = sl_cabinet_put(folder, name, files, link->count + 1, err);
	close(folder);
	return status == SL_OK
	    ? SL_OK
	    : sl_error_prefix(err, status, ".sluice/" FOLDER "/%s", name);
}

enum sl_status
sl_chain_copy(
    const struct sl_trust_chain *chain, int from, int to, struct sl_error *err)
{
	enum sl_status status = SL_OK;

	for (uint32_t version = chain->pin.version;
	     status == SL_OK && version <= sl_trust_chain_version(chain);
	     version++) {
		struct sl_chain_link link;
		char name[NAME_MAX_BYTES];

		snprintf(name, sizeof(name), FOLDER "/%06u", version);
		if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		sl_chain_link_init(&link, version);
		status = read_version(from, &link, err);
		if (status == SL_OK)
			status = sl_chain_store(&link, to, err);
		sl_chain_link_clear(&link);
	}
	/* What the mirror lacks of its own chain, its next pull brings. */
	return is_damage(status) ? sl_error_clear(err) : status;
}
